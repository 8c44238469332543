create or replace function note_model_cells() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
    insert into model_cell_change (placement_id, campaign_period_id, cell, count)
    select placement_id, campaign_period_id, cell, sum(count) from (select *, 1 as count from
        (select placement_id, campaign_period_id,
        (coalesce(array_position('{economy,culture_society,defence_security,political_system,other}'::text[],
        field::text) + 0, 0)::bigint << 0) |
        (coalesce(array_position('{collective,individual,household}'::text[],
        participant_kind::text) + 0, 0)::bigint << 3) |
        (coalesce(array_position('{draft,registered,under_survey,returned,recognised,not_recognised,replicating,suspended,ended,withdrawn,merged}'::text[],
        state::text) + 0, 0)::bigint << 5) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        registered_level::text) + 3, 0)::bigint << 9) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        recognised_level::text) + 3, 0)::bigint << 12) |
        (coalesce(array_position('{party_committee,party_standing_board,mass_mobilisation_commission,propaganda_mobilisation_commission,commune_mobilisation_bloc,steering_committee,peoples_council,peoples_committee,state_department,fatherland_front,womens_union,farmers_union,youth_union,veterans_association,trade_union,red_cross,public_security,military_command,border_guard,judicial_body,public_service_unit,enterprise,cooperative,community_group,party_cell,religious_community,media_body,other}'::text[],
        host_kind::text) + 0, 0)::bigint << 15) | (coalesce(commended::integer, 0)::bigint << 20) |
        (coalesce(replicated::integer, 0)::bigint << 21) | (coalesce(registered_year::integer,
        0)::bigint << 22) | (coalesce(recognised_year::integer, 0)::bigint << 36) as cell from
        new_rows where placement_id is not null) made) difference
    group by placement_id, campaign_period_id, cell having sum(count) <> 0;
    elsif tg_op = 'DELETE' then
    insert into model_cell_change (placement_id, campaign_period_id, cell, count)
    select placement_id, campaign_period_id, cell, sum(count) from (select *, -1 as count from
        (select placement_id, campaign_period_id,
        (coalesce(array_position('{economy,culture_society,defence_security,political_system,other}'::text[],
        field::text) + 0, 0)::bigint << 0) |
        (coalesce(array_position('{collective,individual,household}'::text[],
        participant_kind::text) + 0, 0)::bigint << 3) |
        (coalesce(array_position('{draft,registered,under_survey,returned,recognised,not_recognised,replicating,suspended,ended,withdrawn,merged}'::text[],
        state::text) + 0, 0)::bigint << 5) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        registered_level::text) + 3, 0)::bigint << 9) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        recognised_level::text) + 3, 0)::bigint << 12) |
        (coalesce(array_position('{party_committee,party_standing_board,mass_mobilisation_commission,propaganda_mobilisation_commission,commune_mobilisation_bloc,steering_committee,peoples_council,peoples_committee,state_department,fatherland_front,womens_union,farmers_union,youth_union,veterans_association,trade_union,red_cross,public_security,military_command,border_guard,judicial_body,public_service_unit,enterprise,cooperative,community_group,party_cell,religious_community,media_body,other}'::text[],
        host_kind::text) + 0, 0)::bigint << 15) | (coalesce(commended::integer, 0)::bigint << 20) |
        (coalesce(replicated::integer, 0)::bigint << 21) | (coalesce(registered_year::integer,
        0)::bigint << 22) | (coalesce(recognised_year::integer, 0)::bigint << 36) as cell from
        old_rows where placement_id is not null) gone) difference
    group by placement_id, campaign_period_id, cell having sum(count) <> 0;
    else
    insert into model_cell_change (placement_id, campaign_period_id, cell, count)
    select placement_id, campaign_period_id, cell, sum(count) from (select *, 1 as count from
        (select placement_id, campaign_period_id,
        (coalesce(array_position('{economy,culture_society,defence_security,political_system,other}'::text[],
        field::text) + 0, 0)::bigint << 0) |
        (coalesce(array_position('{collective,individual,household}'::text[],
        participant_kind::text) + 0, 0)::bigint << 3) |
        (coalesce(array_position('{draft,registered,under_survey,returned,recognised,not_recognised,replicating,suspended,ended,withdrawn,merged}'::text[],
        state::text) + 0, 0)::bigint << 5) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        registered_level::text) + 3, 0)::bigint << 9) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        recognised_level::text) + 3, 0)::bigint << 12) |
        (coalesce(array_position('{party_committee,party_standing_board,mass_mobilisation_commission,propaganda_mobilisation_commission,commune_mobilisation_bloc,steering_committee,peoples_council,peoples_committee,state_department,fatherland_front,womens_union,farmers_union,youth_union,veterans_association,trade_union,red_cross,public_security,military_command,border_guard,judicial_body,public_service_unit,enterprise,cooperative,community_group,party_cell,religious_community,media_body,other}'::text[],
        host_kind::text) + 0, 0)::bigint << 15) | (coalesce(commended::integer, 0)::bigint << 20) |
        (coalesce(replicated::integer, 0)::bigint << 21) | (coalesce(registered_year::integer,
        0)::bigint << 22) | (coalesce(recognised_year::integer, 0)::bigint << 36) as cell from
        new_rows where placement_id is not null) made union all select *, -1 as count from (select
        placement_id, campaign_period_id,
        (coalesce(array_position('{economy,culture_society,defence_security,political_system,other}'::text[],
        field::text) + 0, 0)::bigint << 0) |
        (coalesce(array_position('{collective,individual,household}'::text[],
        participant_kind::text) + 0, 0)::bigint << 3) |
        (coalesce(array_position('{draft,registered,under_survey,returned,recognised,not_recognised,replicating,suspended,ended,withdrawn,merged}'::text[],
        state::text) + 0, 0)::bigint << 5) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        registered_level::text) + 3, 0)::bigint << 9) |
        (coalesce(array_position('{grassroots,district,province,central}'::text[],
        recognised_level::text) + 3, 0)::bigint << 12) |
        (coalesce(array_position('{party_committee,party_standing_board,mass_mobilisation_commission,propaganda_mobilisation_commission,commune_mobilisation_bloc,steering_committee,peoples_council,peoples_committee,state_department,fatherland_front,womens_union,farmers_union,youth_union,veterans_association,trade_union,red_cross,public_security,military_command,border_guard,judicial_body,public_service_unit,enterprise,cooperative,community_group,party_cell,religious_community,media_body,other}'::text[],
        host_kind::text) + 0, 0)::bigint << 15) | (coalesce(commended::integer, 0)::bigint << 20) |
        (coalesce(replicated::integer, 0)::bigint << 21) | (coalesce(registered_year::integer,
        0)::bigint << 22) | (coalesce(recognised_year::integer, 0)::bigint << 36) as cell from
        old_rows where placement_id is not null) gone) difference
    group by placement_id, campaign_period_id, cell having sum(count) <> 0;
    end if;
    return null;
end $$;

create or replace trigger cells_delete after delete on emulation_model
referencing old table as old_rows for each statement execute function note_model_cells();

create or replace trigger cells_insert after insert on emulation_model
referencing new table as new_rows for each statement execute function note_model_cells();

create or replace trigger cells_update after update on emulation_model
referencing old table as old_rows new table as new_rows
for each statement execute function note_model_cells();
