pgstrata::embed_migrations!("ui/unterminated_comment");

fn main() {}
