-- The end of a trial or period that was announced last: each is announced once.
alter table subscription add column reminded_on date;
