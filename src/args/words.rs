//! A line's words as pflag takes them: `--name value`, `--name=value`, `--name`, `-n value`, `-nvalue`, `-n=value`, `-it`,
//! and arguments anywhere between them until `--`.
//!
//! This happens before clap because clap cannot do it: pflag takes the next word as a value whatever it looks like, except
//! for flags that may stand alone, which never take it; it counts `_` in names as `-`; it says which letters of a group
//! it did not understand; and `--` may come after some of the arguments, which commands ask about. What comes out has only one
//! spelling, `--name=value`.

use super::{Command, Flag, find, global};
use crate::api::quote_char;

/// The words of a line, sorted into flags and arguments.
#[derive(Debug, Default)]
pub struct Words {
    /// Every use of a flag with its value, in order.
    pub uses: Vec<(&'static Flag, String)>,
    /// The arguments.
    pub args: Vec<String>,
    /// How many arguments came before `--`, where it was given (cobra's `ArgsLenAtDash`).
    pub dash: Option<usize>,
    /// Why reading stopped before the end of the line, in pflag's words.
    pub stopped: Option<String>,
}

/// Sorts the words behind a command. Values are not looked at.
pub fn sort(chain: &[&'static Command], words: &[String]) -> Words {
    let mut sorted = Words::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let result = match word.as_bytes() {
            [b'-', b'-'] => {
                sorted.dash = Some(sorted.args.len());
                sorted.args.extend(words.by_ref().cloned());
                Ok(())
            }
            [b'-', b'-', ..] => long(chain, &mut sorted, word, &mut words),
            [b'-', _, ..] => letters(chain, &mut sorted, &word[1..], &mut words),
            _ => {
                sorted.args.push(word.clone());
                Ok(())
            }
        };
        if let Err(sentence) = result {
            sorted.stopped = Some(sentence);
            break;
        }
    }
    sorted
}

/// `--name`, with its value behind `=` or in the next word.
fn long<'a>(
    chain: &[&'static Command],
    sorted: &mut Words,
    word: &str,
    words: &mut impl Iterator<Item = &'a String>,
) -> Result<(), String> {
    let body = &word[2..];
    if body.starts_with(['-', '=']) {
        return Err(format!("bad flag syntax: {word}"));
    }
    let (name, value) = match body.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (body, None),
    };
    let flag = by_name(chain, name).ok_or_else(|| format!("unknown flag: --{name}"))?;
    let value = value
        .or(flag.bare)
        .map(str::to_owned)
        .or_else(|| words.next().cloned())
        .ok_or_else(|| format!("flag needs an argument: {word}"))?;
    sorted.uses.push((flag, value));
    Ok(())
}

/// `-n` and its like: letters of switches, of which the last may be a flag with a value in the same word or the next.
fn letters<'a>(
    chain: &[&'static Command],
    sorted: &mut Words,
    mut group: &str,
    words: &mut impl Iterator<Item = &'a String>,
) -> Result<(), String> {
    while let Some(letter) = group.chars().next() {
        // pflag leaves the flags of Go's test programs alone.
        if group.starts_with("test.") {
            break;
        }
        let behind = &group[letter.len_utf8()..];
        let flag = by_letter(chain, letter).ok_or_else(|| {
            // pflag looks at bytes: of a letter beyond ASCII it names the first byte, as the letter of that number.
            let byte = char::from(group.as_bytes()[0]);
            format!("unknown shorthand flag: {} in -{group}", quote_char(byte))
        })?;
        let value = match (behind.strip_prefix('='), flag.bare) {
            (Some(value), _) if !value.is_empty() => value.to_owned(),
            (_, Some(bare)) => {
                sorted.uses.push((flag, bare.to_owned()));
                group = behind;
                continue;
            }
            _ if !behind.is_empty() => behind.to_owned(),
            _ => words
                .next()
                .cloned()
                .ok_or_else(|| format!("flag needs an argument: {} in -{group}", quote_char(letter)))?,
        };
        sorted.uses.push((flag, value));
        return Ok(());
    }
    Ok(())
}

fn by_name(chain: &[&'static Command], name: &str) -> Option<&'static Flag> {
    find::by_name(chain, name).or_else(|| (name == global::HELP.name).then_some(&global::HELP))
}

fn by_letter(chain: &[&'static Command], letter: char) -> Option<&'static Flag> {
    find::by_letter(chain, letter).or_else(|| (global::HELP.short == Some(letter)).then_some(&global::HELP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Kind;

    static GET: Command = Command {
        name: "get",
        flags: &[&[
            Flag::text("output", "").short('o'),
            Flag::switch("watch", false, "").short('w'),
            Flag::switch("all-namespaces", false, "").short('A'),
            Flag::new("tail", Kind::Int, "-1", ""),
            Flag::new("dry-run", Kind::String, "none", "").bare("unchanged"),
        ]],
        ..Command::NEW
    };

    /// The uses of a line as `name=value`, its arguments, and where its two dashes stood.
    type Sorted = (Vec<String>, Vec<String>, Option<usize>);

    fn sorted(line: &[&str]) -> Result<Sorted, String> {
        let words: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let sorted = sort(&[&GET], &words);
        let uses = sorted.uses.iter().map(|(flag, value)| format!("{}={value}", flag.name));
        let (uses, args, dash) = (uses.collect(), sorted.args, sorted.dash);
        sorted.stopped.map_or(Ok((uses, args, dash)), Err)
    }

    #[track_caller]
    fn check(line: &[&str], uses: &[&str], args: &[&str]) {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            sorted(line).map(|(uses, args, _)| (uses, args)),
            Ok((owned(uses), owned(args))),
            "{line:?}"
        );
    }

    #[test]
    fn sort_of_each_spelling_gives_the_same_use() {
        for line in [
            &["pods", "--output=wide"][..],
            &["pods", "--output", "wide"],
            &["-owide", "pods"],
            &["-o=wide", "pods"],
            &["-o", "wide", "pods"],
        ] {
            check(line, &["output=wide"], &["pods"]);
        }
    }

    #[test]
    fn sort_of_a_switch_takes_its_value_only_behind_an_equals_sign() {
        check(&["-w", "false"], &["watch=true"], &["false"]);
        check(&["--watch", "false"], &["watch=true"], &["false"]);
        check(&["--watch=false", "-w=0"], &["watch=false", "watch=0"], &[]);
        check(&["--dry-run", "client"], &["dry-run=unchanged"], &["client"]);
        check(&["--dry-run=client"], &["dry-run=client"], &[]);
        check(&["--dry-run="], &["dry-run="], &[]);
    }

    #[test]
    fn sort_of_letters_in_a_group_ends_with_the_one_that_takes_a_value() {
        check(&["-wA"], &["watch=true", "all-namespaces=true"], &[]);
        check(&["-wAowide"], &["watch=true", "all-namespaces=true", "output=wide"], &[]);
        check(&["-wo", "wide"], &["watch=true", "output=wide"], &[]);
        check(&["-ow"], &["output=w"], &[]);
        check(&["-o=", "x"], &["output=="], &["x"]);
    }

    #[test]
    fn sort_takes_the_next_word_for_a_value_whatever_it_looks_like() {
        check(&["-o", "-w"], &["output=-w"], &[]);
        check(&["--output", "--", "x"], &["output=--"], &["x"]);
        check(&["--tail", "-1"], &["tail=-1"], &[]);
        check(&["--output", ""], &["output="], &[]);
    }

    #[test]
    fn sort_keeps_arguments_between_flags_and_behind_two_dashes() {
        check(&["", "-", "a", "-w", "b"], &["watch=true"], &["", "-", "a", "b"]);
        let (uses, args, dash) = sorted(&["a", "--", "-w", "--"]).unwrap();
        assert_eq!((uses.len(), args.join(" "), dash), (0, "a -w --".to_owned(), Some(1)));
        assert_eq!(sorted(&["--"]).unwrap().2, Some(0));
        assert_eq!(sorted(&["a"]).unwrap().2, None);
    }

    #[test]
    fn sort_counts_underscores_in_names_as_dashes() {
        check(
            &["--all_namespaces", "--dry_run"],
            &["all-namespaces=true", "dry-run=unchanged"],
            &[],
        );
    }

    #[test]
    fn sort_leaves_the_flags_of_go_s_tests_alone() {
        check(&["-test.v=true", "a"], &[], &["a"]);
    }

    #[test]
    fn sort_of_what_it_does_not_know_says_what_pflag_says() {
        for (line, sentence) in [
            (&["--bogus"][..], "unknown flag: --bogus"),
            (&["--bogus=x"], "unknown flag: --bogus"),
            (&["--bogus_flag"], "unknown flag: --bogus_flag"),
            (&["-z"], "unknown shorthand flag: 'z' in -z"),
            (&["-wzA"], "unknown shorthand flag: 'z' in -zA"),
            (&["-w="], "unknown shorthand flag: '=' in -="),
            (&["-'"], "unknown shorthand flag: '\\'' in -'"),
            (&["-é"], "unknown shorthand flag: 'Ã' in -é"),
            (&["--=x"], "bad flag syntax: --=x"),
            (&["---x"], "bad flag syntax: ---x"),
            (&["--output"], "flag needs an argument: --output"),
            (&["-o"], "flag needs an argument: 'o' in -o"),
            (&["-wo"], "flag needs an argument: 'o' in -o"),
        ] {
            assert_eq!(sorted(line), Err(sentence.to_owned()), "{line:?}");
        }
    }
}
