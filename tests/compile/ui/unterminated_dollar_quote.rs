pgstrata::embed_migrations!("ui/unterminated_dollar_quote");

fn main() {}
