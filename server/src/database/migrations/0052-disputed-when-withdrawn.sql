-- Charges that were disputed when their customer withdrew: they are given back when the bank decides for the seller.
alter table withdrawal add column disputed text[] not null default '{}';
