CREATE INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sign ON account (email);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
CREATE INDEX "account-email-lower-without-dots-and-everything-behind-a-plus-si" ON account (email);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
-- or:
CREATE TABLE archive (customer_reference_number_of_the_original_document_in_the_archive_1 int, customer_reference_number_of_the_original_document_in_the_archive_2 int);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
--                                                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name, and has one like it then
-- or:
CREATE TABLE account (email text, name text);
CREATE INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sign ON account (email);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
-- then:
CREATE INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sale ON account (name);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name, and has one like it then
DROP INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sign;
--         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
-- or:
CREATE INDEX account_email_lower_without_dots_and_everything_behind_a_plus_sign ON account (email);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
CREATE INDEX "account_email_lower_without_dots_and_everything_behind_a_plus_sIGN" ON account (name);
--           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name, and has one like it then
DROP INDEX Account_email_lower_without_dots_and_everything_behind_a_plus_sign;
--         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL keeps only the first 63 bytes of this name
