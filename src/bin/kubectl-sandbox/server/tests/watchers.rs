//! Many watchers during many writes.

use std::rc::Rc;

use futures_util::StreamExt;
use kubectl_rs::api::json;
use tokio::task::{JoinHandle, LocalSet};

use super::{CONFIG_MAPS, ask, config_map, request, server};
use crate::{
    answer::{Content, Pieces},
    random::Random,
    server::{Server, route},
};

const WATCHERS: usize = 50;
const WRITES: u64 = 5_000;
/// The last objects that are written, one of each word: whoever has seen the last has seen everything.
const ENDS: [&str; 3] = ["the-end-0", "the-end-1", "the-end-2"];

async fn watch(server: &Rc<Server>, query: &str) -> Pieces {
    let path = format!("{CONFIG_MAPS}?watch=true&{query}");
    match route::answer(server, request("GET", &path, &[], "")).await.body {
        Content::Pieces(pieces) => pieces,
        Content::Whole(body) => panic!("{}", String::from_utf8_lossy(&body)),
    }
}

/// What a watcher gets until the line about `end`, which is the last that there is for it. One that is `torn` loses its
/// connection after every so many lines, and begins again where it was.
async fn follow(server: Rc<Server>, query: String, end: &str, torn: Option<usize>, mut from: String) -> Vec<u8> {
    let mut story = Vec::new();
    'connections: loop {
        let mut pieces = watch(&server, &format!("{query}&resourceVersion={from}")).await;
        let mut left = torn.unwrap_or(usize::MAX);
        while let Some(piece) = pieces.next().await {
            let cut = memchr::memchr_iter(b'\n', &piece).nth(left - 1).map_or(piece.len(), |at| at + 1);
            left = left.saturating_sub(memchr::memchr_iter(b'\n', &piece).count());
            story.extend_from_slice(&piece[..cut]);
            let last = lines(&piece[..cut]).last().unwrap();
            if memchr::memmem::find(last, end.as_bytes()).is_some() {
                return story;
            }
            if left == 0 {
                from = version(last);
                continue 'connections;
            }
            // Who is slow hears of several changes at once.
            tokio::task::yield_now().await;
        }
        panic!("the watch ended");
    }
}

fn lines(story: &[u8]) -> impl Iterator<Item = &[u8]> {
    story.split_inclusive(|byte| *byte == b'\n')
}

fn version(line: &[u8]) -> String {
    let event = json::parse(line).unwrap();
    event.str_at(&["object", "metadata", "resourceVersion"]).to_owned()
}

/// Writes: creations, changes and removals of a few objects, in an order of chance. Gives what a watcher must hear, as the
/// type of each event, the name, the word and the version.
async fn write(server: &Rc<Server>) -> Vec<(String, String, String, String)> {
    let mut random = Random::seeded(7);
    let mut heard = Vec::new();
    let mut words: Vec<Option<String>> = vec![None; 40];
    for number in 0..WRITES {
        let at = random.below(words.len() as u64) as usize;
        let name = format!("o{at}");
        let word = format!("w{}", random.below(3));
        let (method, path, kind) = match &words[at] {
            None => ("POST", CONFIG_MAPS.to_owned(), "ADDED"),
            Some(_) if random.below(4) == 0 => ("DELETE", format!("{CONFIG_MAPS}/{name}"), "DELETED"),
            Some(_) => ("PUT", format!("{CONFIG_MAPS}/{name}"), "MODIFIED"),
        };
        // Data that is the same as before would be no change.
        let body = config_map(&name, &word).replace(r#""data":{"#, &format!(r#""data":{{"n":"{number}","#));
        let (code, object) = ask(server, method, &path, if kind == "DELETED" { "" } else { &body }).await;
        assert!(matches!(code, 200 | 201), "{code} {object:?}");
        let last_word = words[at].replace(word.clone()).filter(|_| kind == "DELETED");
        if kind == "DELETED" {
            words[at] = None;
        }
        let version = server.cluster.borrow().store.revision().to_string();
        heard.push((kind.to_owned(), name, last_word.unwrap_or(word), version));
        if random.below(8) == 0 {
            tokio::task::yield_now().await;
        }
    }
    for (at, end) in ENDS.iter().enumerate() {
        assert_eq!(ask(server, "POST", CONFIG_MAPS, &config_map(end, &format!("w{at}"))).await.0, 201);
    }
    heard
}

#[tokio::test]
async fn fifty_watchers_hear_of_five_thousand_writes_once_and_in_order_each() {
    let server = server();
    LocalSet::new()
        .run_until(async {
            let since = server.cluster.borrow().store.revision().to_string();
            let start = |word: Option<usize>, torn: Option<usize>| {
                let query = word.map_or(String::new(), |word| format!("labelSelector=word%3Dw{word}"));
                let end = ENDS[word.unwrap_or(2)];
                tokio::task::spawn_local(follow(Rc::clone(&server), query, end, torn, since.clone()))
            };
            // Most see everything, some lose their connections again and again, some see a part.
            let whole: Vec<JoinHandle<Vec<u8>>> = (0..WATCHERS - 16).map(|_| start(None, None)).collect();
            let torn: Vec<JoinHandle<Vec<u8>>> = (0..9).map(|at| start(None, Some(50 + 13 * at))).collect();
            let narrow: Vec<JoinHandle<Vec<u8>>> = (0..6).map(|at| start(Some(at % 3), (at > 2).then_some(100))).collect();
            let written = write(&server).await;
            // One begins when all is over.
            let late = start(None, None);

            let story = late.await.unwrap();
            let mut told: Vec<(String, String, String, String)> = lines(&story)
                .map(|line| {
                    let event = json::parse(line).unwrap();
                    let text = |path: &[&str]| event.str_at(path).to_owned();
                    let word = text(&["object", "data", "word"]);
                    (text(&["type"]), text(&["object", "metadata", "name"]), word, version(line))
                })
                .collect();
            told.truncate(told.len() - ENDS.len());
            assert_eq!(told, written);
            for watcher in whole.into_iter().chain(torn) {
                assert!(watcher.await.unwrap() == story, "a watcher heard another story");
            }
            for (at, watcher) in narrow.into_iter().enumerate() {
                let seen = watcher.await.unwrap();
                let expected = narrowed(&story, at % 3);
                let seen: Vec<(String, String)> = lines(&seen).map(kind_and_version).collect();
                assert_eq!(seen, expected, "narrowed to w{}", at % 3);
            }
        })
        .await;
}

fn kind_and_version(line: &[u8]) -> (String, String) {
    (json::parse(line).unwrap().str_at(&["type"]).to_owned(), version(line))
}

/// What of a story somebody hears who sees one word only: objects come into sight and go out of it.
fn narrowed(story: &[u8], word: usize) -> Vec<(String, String)> {
    let wanted = format!("w{word}");
    let mut seen: Vec<String> = Vec::new();
    let mut told = Vec::new();
    for line in lines(story) {
        let event = json::parse(line).unwrap();
        let name = event.str_at(&["object", "metadata", "name"]).to_owned();
        let was = seen.contains(&name);
        let is = event.str_at(&["object", "data", "word"]) == wanted && event.str_at(&["type"]) != "DELETED";
        let kind = match (was, is) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => continue,
        };
        match is {
            true if !was => seen.push(name),
            true => {}
            false => seen.retain(|seen| *seen != name),
        }
        told.push((kind.to_owned(), version(line)));
    }
    told
}
