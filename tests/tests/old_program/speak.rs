//! The program of the previous release: `all|first`, a database, and the words of a command.

mod act;

mod all {
    pgstrata::embed_migrations!("lists/all");
}

mod first {
    pgstrata::embed_migrations!("lists/first");
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let list = if words[0] == "first" {
        &first::MIGRATIONS
    } else {
        &all::MIGRATIONS
    };
    match act::act(list, words[1], &words[2..]) {
        Ok(done) => println!("{done}"),
        Err(refusal) => {
            eprintln!("{refusal}");
            std::process::exit(1);
        }
    }
}
