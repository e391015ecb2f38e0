//! What the server will execute, as one number.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::lexer::Token;

/// The rule below; stored with every checksum, so that a later rule can tell its own.
pub const ALGORITHM: u16 = 1;

/// SHA-256.
pub type Sha256Digest = [u8; 32];

/// Marks the end of a statement; no token is that long.
const END_OF_STATEMENT: u32 = u32::MAX;

/// Gathers tokens, each with its length, so that comments and white space do not count
/// and no two token streams share their bytes.
#[derive(Debug)]
pub struct TokenStream {
    bytes: Vec<u8>,
}

impl TokenStream {
    /// An empty stream with room for a script of `length` bytes.
    pub fn with_capacity(length: usize) -> Self {
        let mut stream = Self {
            bytes: Vec::with_capacity(length * 2 + 64),
        };
        stream.push("pgstrata script");
        stream
    }

    /// Adds a directive that changes what is executed, in its canonical form.
    pub fn push(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds the tokens of one statement, byte for byte.
    pub fn push_statement(&mut self, text: &str, tokens: &[Token]) {
        for token in tokens {
            self.push(token.span.of(text));
        }
        self.bytes
            .extend_from_slice(&END_OF_STATEMENT.to_le_bytes());
    }

    /// The checksum of all of it.
    pub fn checksum(&self) -> Sha256Digest {
        sha256(&self.bytes)
    }

    /// Files are limited to a size that fits.
    fn length(&mut self, length: usize) {
        let length = u32::try_from(length).unwrap_or(END_OF_STATEMENT - 1);
        self.bytes.extend_from_slice(&length.to_le_bytes());
    }
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Sha256Digest {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal, as the lock file has it.
///
/// Eight bytes at a time: in macros, each call of the formatting counts.
pub fn hex(digest: &Sha256Digest) -> String {
    let (eights, _) = digest.as_chunks();
    eights
        .iter()
        .fold(String::with_capacity(64), |mut text, eight| {
            let _ = write!(text, "{:016x}", u64::from_be_bytes(*eight));
            text
        })
}
