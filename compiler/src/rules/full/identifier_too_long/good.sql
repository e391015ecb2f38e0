CREATE INDEX account_email_lower_without_dots_and_everything_behind_a_plus_s ON account (email);
CREATE INDEX "account-email-lower-without-dots-and-everything-behind-a-plus-s" ON account (email);
CREATE INDEX "account-email-lower-without-dots-""and""-everything-behind-a-plus" ON account (email);
COMMENT ON TABLE account IS 'account_email_lower_without_dots_and_everything_behind_a_plus_sign';
-- its down file:
DROP INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sign;
