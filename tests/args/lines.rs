//! Any line that can be written from the table means what it was written for, however it is spelled.

use kubectl_rs::{
    api::duration,
    args::{self, Flag, Kind, Parsed, find},
    commands::ROOT,
};
use proptest::{prelude::*, sample::Index, test_runner::TestCaseResult};

use super::chains;

/// A flag's value: as it is typed, and as it is meant.
#[derive(Debug, Clone)]
enum Meant {
    Bool(bool),
    Int(i64),
    Duration(i64),
    Text(String),
    List(Vec<String>),
    Pairs(Vec<(String, String)>),
}

/// One use of a flag.
#[derive(Debug, Clone)]
struct Use {
    flag: &'static Flag,
    meant: Meant,
    words: Vec<String>,
}

/// A line, and what it means.
#[derive(Debug, Clone)]
struct Line {
    words: Vec<String>,
    path: String,
    uses: Vec<Use>,
    args: Vec<String>,
    dash: Option<usize>,
}

/// A value's text with its meaning. An empty text is left to the fixed cases.
fn value(kind: Kind) -> BoxedStrategy<(String, Meant)> {
    let text = "[ -~é界]{1,12}";
    let quoted = |values: &[String]| {
        let quoted: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
        quoted.join(",")
    };
    let pairs = prop::collection::vec(("[a-z]{1,4}", "[a-z0-9,. ]{0,6}"), 2..4);
    match kind {
        Kind::Bool | Kind::Tristate => prop::sample::select(vec![
            ("true", true),
            ("1", true),
            ("T", true),
            ("false", false),
            ("0", false),
            ("False", false),
        ])
        .prop_map(|(text, value)| (text.to_owned(), Meant::Bool(value)))
        .boxed(),
        Kind::Int | Kind::Int64 => any::<i64>().prop_map(|n| (n.to_string(), Meant::Int(n))).boxed(),
        Kind::Int32 => any::<i32>().prop_map(|n| (format!("{n:#}"), Meant::Int(n.into()))).boxed(),
        Kind::Level => (0..100_i64).prop_map(|n| (n.to_string(), Meant::Int(n))).boxed(),
        Kind::Duration | Kind::GoDuration => (-(1_i64 << 40)..(1_i64 << 40))
            .prop_map(|n| {
                let length = jiff::SignedDuration::from_nanos(n);
                (duration::format(length), Meant::Duration(n))
            })
            .boxed(),
        Kind::String => text.prop_map(|text| (text.clone(), Meant::Text(text))).boxed(),
        Kind::Modules => "[a-z]{1,4}=[0-9]".prop_map(|text| (text.clone(), Meant::Text(text))).boxed(),
        Kind::StringArray => text.prop_map(|text| (text.clone(), Meant::List(vec![text]))).boxed(),
        Kind::StringSlice => prop::collection::vec(text, 1..4)
            .prop_map(move |values| (quoted(&values), Meant::List(values)))
            .boxed(),
        Kind::StringToString => pairs
            .prop_map(move |pairs| {
                let texts: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
                (quoted(&texts), Meant::Pairs(pairs))
            })
            .boxed(),
        Kind::MapStringString => prop::collection::vec(("[a-z]{1,4}", "[a-z0-9.]{0,6}"), 1..4)
            .prop_map(|pairs| {
                let texts: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
                (texts.join(","), Meant::Pairs(pairs))
            })
            .boxed(),
    }
}

/// The words of one use, in the spelling that `choice` picks among those that fit.
fn spell(flag: &Flag, letter: Option<char>, text: &str, choice: usize) -> Vec<String> {
    let name = flag.name;
    let mut spellings = vec![
        vec![format!("--{name}={text}")],
        vec![format!("--{}={text}", name.replace('-', "_"))],
    ];
    if flag.bare.is_none() {
        spellings.push(vec![format!("--{name}"), text.to_owned()]);
    }
    if flag.bare == Some(text) {
        spellings.push(vec![format!("--{name}")]);
    }
    if let Some(letter) = letter {
        spellings.push(vec![format!("-{letter}={text}")]);
        match flag.bare {
            Some(bare) if bare == text => spellings.push(vec![format!("-{letter}")]),
            Some(_) => {}
            None => spellings.push(vec![format!("-{letter}"), text.to_owned()]),
        }
        if flag.bare.is_none() && !text.starts_with('=') {
            spellings.push(vec![format!("-{letter}{text}")]);
        }
    }
    spellings.swap_remove(choice % spellings.len())
}

/// Any line for any command.
fn line() -> impl Strategy<Value = Line> {
    let chains = chains();
    (0..chains.len()).prop_flat_map(move |chosen| {
        let chain = chains[chosen].clone();
        let mut flags: Vec<&'static Flag> = Vec::new();
        for flag in find::flags(&chain) {
            if !flags.iter().any(|known| known.name == flag.name) {
                flags.push(flag);
            }
        }
        let flags_of_line = prop::collection::vec(any::<Index>(), 0..6).prop_flat_map(move |picks| {
            picks
                .iter()
                .map(|pick| {
                    let flag = *pick.get(&flags);
                    (Just(flag), value(flag.kind), any::<usize>())
                })
                .collect::<Vec<_>>()
        });
        let arguments = prop::collection::vec("x[a-z/.=-]{0,6}", 0..4);
        let behind_dash = prop::option::of(prop::collection::vec("[ -~]{0,6}", 0..3));
        (flags_of_line, arguments, behind_dash, any::<u64>()).prop_map(move |(flags, args, behind, order)| {
            let uses: Vec<Use> = flags
                .into_iter()
                .map(|(flag, (text, meant), choice)| {
                    let letter = flag.short.filter(|letter| find::by_letter(&chain, *letter).is_some());
                    Use {
                        flag,
                        meant,
                        words: spell(flag, letter, &text, choice),
                    }
                })
                .collect();
            assemble(&chain, uses, args, behind, order)
        })
    })
}

/// Puts a line together: the command's words, then flags and arguments in an order that `order` decides.
fn assemble(chain: &[&'static args::Command], uses: Vec<Use>, args: Vec<String>, behind: Option<Vec<String>>, mut order: u64) -> Line {
    let mut words: Vec<String> = chain[1..].iter().map(|command| command.name.to_owned()).collect();
    let (mut next_use, mut next_arg) = (uses.iter().peekable(), args.iter().peekable());
    while next_use.peek().is_some() || next_arg.peek().is_some() {
        order = order.rotate_right(1);
        if next_arg.peek().is_none() || (order & 1 == 1 && next_use.peek().is_some()) {
            words.extend(next_use.next().into_iter().flat_map(|used| used.words.clone()));
        } else {
            words.extend(next_arg.next().cloned());
        }
    }
    let dash = behind.as_ref().map(|_| args.len());
    let mut args = args;
    if let Some(behind) = behind {
        words.push("--".to_owned());
        words.extend(behind.iter().cloned());
        args.extend(behind);
    }
    Line {
        words,
        path: find::path(chain),
        uses,
        args,
        dash,
    }
}

/// What the uses of one flag mean together.
fn check(parsed: &Parsed, name: &str, uses: &[&Use]) -> TestCaseResult {
    let last = &uses[uses.len() - 1].meant;
    prop_assert!(parsed.changed(name));
    match last {
        Meant::Bool(value) => prop_assert_eq!(parsed.bool(name), *value),
        Meant::Int(value) => prop_assert_eq!(parsed.int(name), *value),
        Meant::Duration(value) => prop_assert_eq!(parsed.signed_duration(name).as_nanos(), i128::from(*value)),
        Meant::Text(value) => prop_assert_eq!(parsed.string(name), value),
        Meant::List(_) => {
            let all = uses.iter().flat_map(|used| match &used.meant {
                Meant::List(values) => values.clone(),
                _ => Vec::new(),
            });
            prop_assert_eq!(parsed.strings(name), all.collect::<Vec<_>>());
        }
        Meant::Pairs(_) => {
            let all = uses.iter().flat_map(|used| match &used.meant {
                Meant::Pairs(pairs) => pairs.clone(),
                _ => Vec::new(),
            });
            prop_assert_eq!(parsed.pairs(name), all.collect::<Vec<_>>());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn line_from_the_table_means_what_it_was_written_for(line in line()) {
        let found = args::find(&ROOT, &line.words);
        prop_assert_eq!(found.path(), line.path);
        let parsed = args::parse(&found).map_err(|error| TestCaseError::fail(error.text()))?;
        prop_assert_eq!(parsed.args(), line.args);
        prop_assert_eq!(parsed.dash(), line.dash);
        for flag in find::flags(&found.chain) {
            let uses: Vec<&Use> = line.uses.iter().filter(|used| used.flag.name == flag.name).collect();
            if uses.is_empty() {
                prop_assert!(!parsed.changed(flag.name));
            } else {
                check(&parsed, flag.name, &uses)?;
            }
        }
    }

    #[test]
    fn line_of_any_words_parses_or_says_why_not(words in prop::collection::vec("[-=a-z0-9é,\" ]{0,8}|get|create|-[a-z]{1,3}|--[a-z]{1,8}", 0..8)) {
        let found = args::find(&ROOT, &words);
        if let Err(error) = args::parse(&found) {
            prop_assert!(error.text().starts_with("error: "), "{}", error.text());
        }
    }
}
