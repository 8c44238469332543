create or replace function joined(parts text[]) returns text
language sql immutable strict parallel safe
return array_to_string(parts, ' ');
