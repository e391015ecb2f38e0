pgstrata::embed_migrations!("ui/lock_line_missing");

fn main() {}
