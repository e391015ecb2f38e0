CREATE TABLE account (tags text[] DEFAULT {});
