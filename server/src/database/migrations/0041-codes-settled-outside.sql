-- An invoice that was settled outside is paid with the promo code that is on it, also when the code's last place was taken
-- meanwhile: such uses are kept apart, beside the cap.
alter table promo_code add column honoured integer not null default 0 check (honoured >= 0);
alter table promo_code_redemption add column beyond_cap boolean not null default false;
