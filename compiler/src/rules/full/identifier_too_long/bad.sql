CREATE INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sign ON account (email);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
CREATE INDEX "account-email-lower-without-dots-and-everything-behind-a-plus-si" ON account (email);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
