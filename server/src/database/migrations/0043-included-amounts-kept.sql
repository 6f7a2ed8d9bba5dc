-- What a price included, beside what it cost, with every change of either: a window that is opened late is given what held at its
-- own instant. Included amounts of before are not known: they are taken to have been what they are.
alter table plan_price_revision add column included_credits bigint;
alter table plan_price_revision add column included_balance bigint;
update plan_price_revision r set included_credits = p.included_credits, included_balance = p.included_balance
from plan_price p where p.org_id = r.org_id and p.id = r.price_id;
