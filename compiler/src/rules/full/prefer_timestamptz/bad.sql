CREATE TABLE account (seen_at timestamp, made_at timestamp(3) without time zone NOT NULL);
--                    ^^^^^^^ `seen_at` is a different moment in every time zone
--                                       ^^^^^^^ `made_at` is a different moment in every time zone
