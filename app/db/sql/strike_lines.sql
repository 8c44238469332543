-- Lines that go with their decision go before it, while it still says where and when they are counted.
create or replace function strike_lines() returns trigger language plpgsql as $$
begin
    delete from award where decision_id = old.id;
    return old;
end $$;

create or replace trigger lines before delete on award_decision
for each row execute function strike_lines();
