pgstrata::embed_migrations!("ui/code_mistyped");

mod hashing {
    pub fn hash(_: &mut postgres::Client) -> Result<(), postgres::Error> {
        Ok(())
    }
}

fn main() {}
