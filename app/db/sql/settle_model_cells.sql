create or replace function settle_model_cells() returns bigint language plpgsql as $$
declare
    settled bigint;
begin  -- one at a time; whoever comes second has nothing to do
    if not pg_try_advisory_xact_lock(hashtextextended('model_cells', 0)) then
        return 0;
    end if;
    with settled_changes as (
        delete from model_cell_change returning *
    ), touched as (
        select distinct placement_id, campaign_period_id from settled_changes
    ), known as (
        delete from model_cells using touched
        where model_cells.placement_id = touched.placement_id
        and model_cells.campaign_period_id is not distinct from touched.campaign_period_id
        returning model_cells.*
    ), added_up as (
        select placement_id, campaign_period_id, cell, sum(count) as count
        from (
            select placement_id, campaign_period_id, unnest(cells) as cell, 1 as count from known
            union all select placement_id, campaign_period_id, cell, count from settled_changes
        ) every
        group by placement_id, campaign_period_id, cell
    ), written as (
        insert into model_cells (placement_id, campaign_period_id, cells)
        select placement_id, campaign_period_id, array_agg(cell order by cell)
        from added_up, generate_series(1, added_up.count) group by placement_id, campaign_period_id
    )
    select count(*) into settled from settled_changes;
    return settled;
end $$;
