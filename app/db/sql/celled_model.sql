-- Each model with what it is counted by, in one number.
create or replace view celled_model as
select placement_id, campaign_period_id, (coalesce(array_position('{economy, culture_society,
        defence_security, political_system, other}'::text[], field::text) + 0, 0)::bigint << 0)
| (coalesce(array_position('{collective, individual, household}'::text[], participant_kind::text) +
    0, 0)::bigint << 3)
| (coalesce(array_position('{draft, registered, under_survey, returned, recognised, not_recognised,
        replicating, suspended, ended, withdrawn, merged}'::text[], state::text) + 0, 0)::bigint <<
        5)
| (coalesce(array_position('{grassroots, district, province, central}'::text[],
    registered_level::text) + 3, 0)::bigint << 9)
| (coalesce(array_position('{grassroots, district, province, central}'::text[],
    recognised_level::text) + 3, 0)::bigint << 12)
| (coalesce(array_position('{party_committee, party_standing_board, mass_mobilisation_commission,
        propaganda_mobilisation_commission, commune_mobilisation_bloc, steering_committee,
        peoples_council, peoples_committee, state_department, fatherland_front, womens_union,
        farmers_union, youth_union, veterans_association, trade_union, red_cross, public_security,
        military_command, border_guard, judicial_body, public_service_unit, enterprise, cooperative,
        community_group, party_cell, religious_community, media_body, other}'::text[],
        host_kind::text)
    + 0, 0)::bigint << 15)
| (coalesce(commended::integer, 0)::bigint << 20)
| (coalesce(replicated::integer, 0)::bigint << 21)
| (coalesce(registered_year::integer, 0)::bigint << 22)
| (coalesce(recognised_year::integer, 0)::bigint << 36) as cell
from emulation_model where placement_id is not null;
