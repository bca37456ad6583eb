//! The `--request-timeout` flag.

use std::time::Duration;

use crate::{
    api::duration,
    error::{Error, Result},
};

/// What kubectl says of anything else.
const INVALID: &str = "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)";

/// How long a request may take: whole seconds, or a duration in Go's form. Zero means for ever, as does anything
/// negative.
///
/// # Errors
/// kubectl's sentence for any other text.
pub fn parse(text: &str) -> Result<Duration> {
    if let Some(seconds) = text.parse::<i64>().ok().filter(|seconds| *seconds >= 0) {
        // Go multiplies to nanoseconds in 64 bits and wraps; what wraps to a negative number means for ever.
        let nanoseconds = seconds.wrapping_mul(1_000_000_000);
        return Ok(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0)));
    }
    match duration::parse(text) {
        Ok(duration) => Ok(Duration::try_from(duration).unwrap_or_default()),
        Err(_) => Err(Error::message(INVALID)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_of_numbers_and_durations_counts_in_seconds_and_units() {
        for (text, want) in [
            ("0", Duration::ZERO),
            ("5", Duration::from_secs(5)),
            ("1m30s", Duration::from_secs(90)),
            ("1.5s", Duration::from_millis(1500)),
            (".5h", Duration::from_secs(1800)),
            ("-3s", Duration::ZERO),
            ("+2ms", Duration::from_millis(2)),
        ] {
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn parse_of_other_text_says_what_a_timeout_is() {
        for text in ["", "bogus", "-1", "s", "1x", "1s2", ".s", "99999999999999h", "é"] {
            assert_eq!(parse(text).unwrap_err().to_string(), INVALID, "{text}");
        }
    }
}
