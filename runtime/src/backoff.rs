//! Pauses between tries: they grow with what was waited, with full jitter, up to a deadline.
//!
//! Full jitter spreads many waiters best; see
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(30);
const TELL_EVERY: Duration = Duration::from_secs(5);
/// Who waits for another run should notice soon that it is over; a try costs the server a fraction of a
/// millisecond.
const LONGEST: Duration = Duration::from_millis(200);

pub(crate) struct Backoff {
    began: Instant,
    deadline: Duration,
    ceiling: Duration,
    told: Option<Instant>,
    /// How many pauses there were.
    pub(crate) pauses: u32,
}

impl Backoff {
    pub(crate) fn until(deadline: Duration) -> Self {
        Self {
            began: Instant::now(),
            deadline,
            ceiling: FIRST,
            told: None,
            pauses: 0,
        }
    }

    pub(crate) fn waited(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether it is time to say what is waited for: at first, then every few seconds.
    pub(crate) fn is_news(&mut self) -> bool {
        let told = self.told.filter(|told| told.elapsed() <= TELL_EVERY);
        self.told = told.or_else(|| Some(Instant::now()));
        told.is_none()
    }

    /// How long to sleep before the next try; `None` when the deadline has passed.
    pub(crate) fn pause(&mut self) -> Option<Duration> {
        let left = self
            .deadline
            .checked_sub(self.waited())
            .filter(|left| !left.is_zero())?;
        // The standard library seeds each `RandomState` from the operating system, which is random
        // enough to spread waiters.
        let most = u64::try_from(self.ceiling.as_nanos()).unwrap_or(u64::MAX);
        let pause = Duration::from_nanos(RandomState::new().hash_one(()) % most).min(left);
        // Who has waited for long may wait a little longer; a short run is noticed soon.
        self.ceiling = (self.waited() / 8).clamp(FIRST, LONGEST);
        self.pauses += 1;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_below_the_ceiling_and_end_at_the_deadline() {
        let mut backoff = Backoff::until(Duration::from_secs(60));
        for _ in 0..20 {
            assert!(backoff.pause().is_some_and(|pause| pause <= LONGEST));
        }
        assert_eq!(Backoff::until(Duration::ZERO).pause(), None);
    }
}
