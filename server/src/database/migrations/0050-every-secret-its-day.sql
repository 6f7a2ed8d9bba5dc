-- Every secret before a rotation is signed with until its own end, also when another rotation follows: [{"secret", "until"}], the
-- newest first.
alter table webhook_endpoint add column previous_secrets jsonb not null default '[]';
update webhook_endpoint set previous_secrets = jsonb_build_array(jsonb_build_object('secret', previous_secret,
  'until', to_char(previous_secret_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
where previous_secret is not null;
alter table webhook_endpoint drop column previous_secret, drop column previous_secret_until;
alter table webhook_endpoint add check (jsonb_typeof(previous_secrets) = 'array');
