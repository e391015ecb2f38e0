//! Times the compiler's steps on one directory, without its peers.
//!
//! `compiler-steps <directory> <times>` prints the bytes of all files, and for each step the
//! least time that it took: other work on the machine only ever adds.

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use pgstrata_compiler::checksum::TokenStream;
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::{Compiled, Depth, compile, expand, layout, lexer, review, split};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, times] = arguments.as_slice() else {
        eprintln!("give a directory and how many times");
        return ExitCode::FAILURE;
    };
    let Ok(times) = times.parse() else {
        eprintln!("{times} is no number of times");
        return ExitCode::FAILURE;
    };
    let compiled = compile(Path::new(directory), directory, Depth::Certain);
    if compiled.is_refused() {
        eprintln!("{}", compiled.rendered().join("\n"));
        return ExitCode::FAILURE;
    }
    steps(directory, &compiled, times);
    ExitCode::SUCCESS
}

fn steps(directory: &str, compiled: &Compiled, times: usize) {
    let root = Path::new(directory);
    let texts: Vec<&str> =
        compiled.sources.files.iter().filter_map(|source| source.text.as_deref()).collect();
    println!("bytes {}", texts.iter().map(|text| text.len()).sum::<usize>());
    let step = |name: &str, act: &mut dyn FnMut() -> usize| {
        let each = (0..times).map(|_| {
            let begun = Instant::now();
            black_box(act());
            begun.elapsed().as_nanos()
        });
        println!("step {name} {}", each.min().unwrap_or(0));
    };
    let settings = &compiled.settings;
    step("lexer", &mut || texts.iter().map(|text| lexer::tokens(text).count()).sum());
    step("splitter", &mut || {
        texts.iter().map(|text| split::split("", text).statements.len()).sum()
    });
    let cut: Vec<_> = texts.iter().map(|text| (*text, split::split("", text))).collect();
    step("checksum", &mut || {
        let each = cut.iter().map(|(text, split)| {
            let mut stream = TokenStream::with_capacity(text.len());
            for statement in &split.statements {
                stream.push_statement(text, &split.tokens[statement.clone()]);
            }
            usize::from(stream.checksum()[0])
        });
        each.sum()
    });
    step("scripts", &mut || {
        let layout = layout::layout(&compiled.sources, settings);
        layout.pairs.iter().filter_map(|pair| Migration::read(pair).ok()).count()
    });
    let rules = |depth| review::check(&compiled.migrations, &[], settings, depth, None, &|_| false).len();
    step("rules-that-refuse", &mut || rules(Depth::Certain));
    step("compile", &mut || compile(root, directory, Depth::Certain).migrations.len());
    step("expand", &mut || expand(root, directory, Depth::Certain).len());
    #[cfg(feature = "check")]
    {
        use pgstrata_compiler::{catalog::Catalog, grammar};
        step("catalog", &mut || {
            let mut catalog = Catalog::default();
            for migration in &compiled.migrations {
                for statement in migration.up.statements() {
                    catalog.apply(&grammar::read(statement), statement, migration.version);
                }
                catalog.forget_journal();
            }
            catalog.objects().count()
        });
        step("all-rules", &mut || rules(Depth::Full));
        step("check", &mut || compile(root, directory, Depth::Full).migrations.len());
    }
}
