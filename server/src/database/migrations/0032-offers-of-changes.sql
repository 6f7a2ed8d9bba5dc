-- A free customer's change to a paid plan is a first payment like any other: it carries the intro offer or the promo code that the
-- paid period begins with. agreed: base price and discount in canonical dollars, as a subscription keeps them.
alter table plan_change add column discount_kind text;
alter table plan_change add constraint plan_change_discount_kind_check check (discount_kind in ('intro_offer', 'promo_code'));
alter table plan_change add column discount_type text;
alter table plan_change add constraint plan_change_discount_type_check check (discount_type in ('percentage', 'amount'));
alter table plan_change add column discount_value bigint check (discount_value >= 0);
alter table plan_change add column discount_name text;
alter table plan_change add column discount_cycles integer;
alter table plan_change add column promo_code_id text;
alter table plan_change add column agreed text;
alter table plan_change add foreign key (org_id, promo_code_id) references promo_code (org_id, id);
