create or replace function recount_model_cells() returns void language plpgsql as $$
begin  -- from the rows, while nobody writes them
    lock table emulation_model in share row exclusive mode;
    truncate model_cell_change, model_cells;
    insert into model_cells (placement_id, campaign_period_id, cells)
    select placement_id, campaign_period_id, array_agg(cell order by cell) from celled_model group
        by placement_id, campaign_period_id;
end $$;
