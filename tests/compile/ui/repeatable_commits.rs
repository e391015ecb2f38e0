pgstrata::embed_migrations!("ui/repeatable_commits");

fn main() {}
