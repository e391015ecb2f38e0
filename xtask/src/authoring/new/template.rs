//! What a new migration begins with: SQL in which the words in braces are to be replaced,
//! as they would be refused.

choices! {
    /// The kinds of migrations that there is a beginning for.
    pub(crate) enum Template {
        /// A new table.
        Table = "table",
        /// A new column.
        Column = "column",
        /// An index on a table that is in use.
        Index = "index",
        /// A type of a few named values.
        Enum = "enum",
        /// Rows that belong to the schema.
        Seed = "seed",
        /// A change of many rows, in batches.
        Data = "data",
    }
}

impl Template {
    /// The SQL of both directions.
    pub(super) fn sql(self) -> [&'static str; 2] {
        match self {
            Self::Table => [include_str!("table.up.sql"), include_str!("table.down.sql")],
            Self::Column => [
                include_str!("column.up.sql"),
                include_str!("column.down.sql"),
            ],
            Self::Index => [include_str!("index.up.sql"), include_str!("index.down.sql")],
            Self::Enum => [include_str!("enum.up.sql"), include_str!("enum.down.sql")],
            Self::Seed => [include_str!("seed.up.sql"), include_str!("seed.down.sql")],
            Self::Data => [include_str!("data.up.sql"), include_str!("data.down.sql")],
        }
    }
}
