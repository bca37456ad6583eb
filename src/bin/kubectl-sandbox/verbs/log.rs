//! The log of a container.

use std::{rc::Rc, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use kubectl_rs::api::{OwnedValue, quote};

use super::Target;
use crate::{
    answer::Answer,
    cluster::Cluster,
    failure::{self, Result},
    kubelet::LogOptions,
    meta,
    server::{Request, Server},
};

/// The media type of logs, of which nobody knows the encoding.
const PLAIN: &str = "text/plain";

/// Answers with what a container wrote, and goes on with what it writes where the client follows.
///
/// # Errors
/// 404 where there is no such pod, 400 where there is nothing to show.
pub fn log(server: &Rc<Server>, request: &Request, target: &Target) -> Result<Answer> {
    let pod = {
        let cluster = server.cluster.borrow();
        cluster
            .store
            .get(target.resource.collection, &target.namespace, &target.name)
            .map(|object| object.value.clone())
            .ok_or_else(|| failure::not_found(&target.resource, &target.name))?
    };
    let query = &request.query;
    let container = container(&pod, query.text("container"))?;
    let previous = query.get("previous").is_some() && query.flag("previous");
    if pod.str_at(&["spec", "nodeName"]).is_empty() {
        // Nobody could have written anything yet.
        return Ok(Answer::bytes(200, PLAIN, ""));
    }
    let now = server.cluster.borrow().clock.now();
    let since = match (query.number("sinceSeconds"), query.get("sinceTime")) {
        (Some(seconds), _) => now.saturating_sub(SignedDuration::from_secs(seconds)).ok(),
        (None, Some(time)) => time.parse::<Timestamp>().ok(),
        (None, None) => None,
    };
    let options = LogOptions {
        tail: query.number("tailLines").and_then(|lines| usize::try_from(lines).ok()),
        since,
        timestamps: query.get("timestamps").is_some() && query.flag("timestamps"),
    };
    if let Some(text) = old_log(&server.cluster.borrow(), &pod, &container) {
        // Who knows no times counts lines.
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let from = lines.len().saturating_sub(options.tail.unwrap_or(usize::MAX));
        return Ok(Answer::text(200, lines[from..].concat()));
    }
    let logs = server
        .manager
        .borrow()
        .kubelets
        .logs(&target.namespace, &target.name, &container, previous)
        .map_err(failure::bad_request)?;
    let speed = server.cluster.borrow().clock.speed();
    let logs = logs.at_speed(speed);
    let mut text = options.text(logs.lines(None, now));
    let limit = query.number("limitBytes").and_then(|bytes| usize::try_from(bytes).ok());
    if let Some(limit) = limit {
        let end = (0..=limit.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
    }
    let follows = query.get("follow").is_some() && query.flag("follow");
    if !follows || previous || limit.is_some_and(|limit| text.len() >= limit) {
        return Ok(Answer::bytes(200, PLAIN, text));
    }
    let follow = Follow {
        server: Rc::clone(server),
        target: target.clone(),
        container,
        timestamps: options.timestamps,
        shown: now,
        first: Some(text),
    };
    let pieces = stream::unfold(follow, |mut follow| async move {
        let piece = follow.next().await?;
        Some((piece, follow))
    });
    Ok(Answer::pieces(PLAIN, Box::pin(pieces)))
}

/// What a container of one of yesterday's pods wrote, as far as anybody knows.
fn old_log<'c>(cluster: &'c Cluster, pod: &OwnedValue, container: &str) -> Option<&'c str> {
    if !cluster.still.contains(meta::uid(pod)) {
        return None;
    }
    let key = (format!("{}/{}", meta::namespace(pod), meta::name(pod)), container.to_owned());
    Some(cluster.old_logs.get(&key).map(String::as_str).unwrap_or_default())
}

/// The container that is meant.
///
/// # Errors
/// 400 where the pod has several and none is named, or has none of the name.
fn container(pod: &OwnedValue, asked: &str) -> Result<String> {
    let names = |list: &str| -> Vec<String> {
        pod.items_at(&["spec", list])
            .iter()
            .map(|container| container.str_at(&["name"]).to_owned())
            .collect()
    };
    let (main, init) = (names("containers"), names("initContainers"));
    let pod_name = pod.str_at(&["metadata", "name"]);
    match (asked, main.as_slice()) {
        ("", [only]) if init.is_empty() => Ok(only.clone()),
        ("", _) => {
            let mut message = format!(
                "a container name must be specified for pod {pod_name}, choose one of: [{}]",
                main.join(" ")
            );
            if !init.is_empty() {
                message.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
            }
            Err(failure::bad_request(message))
        }
        (name, _) if main.iter().chain(&init).any(|known| known == name) => Ok(name.to_owned()),
        (name, _) => Err(failure::bad_request(format!(
            "container {} is not valid for pod {pod_name}",
            quote(name)
        ))),
    }
}

struct Follow {
    server: Rc<Server>,
    target: Target,
    container: String,
    timestamps: bool,
    shown: Timestamp,
    first: Option<String>,
}

impl Follow {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take()
            && !first.is_empty()
        {
            return Some(Bytes::from(first));
        }
        loop {
            let changed = {
                let mut cluster = self.server.cluster.borrow_mut();
                cluster.store.collection(self.target.resource.collection).changed()
            };
            let logs = self
                .server
                .manager
                .borrow()
                .kubelets
                .logs(&self.target.namespace, &self.target.name, &self.container, false)
                .ok()?;
            let (now, speed) = {
                let cluster = self.server.cluster.borrow();
                (cluster.clock.now(), cluster.clock.speed())
            };
            let logs = logs.at_speed(speed);
            let lines = logs.lines(Some(self.shown), now);
            self.shown = now;
            if !lines.is_empty() {
                let options = LogOptions {
                    timestamps: self.timestamps,
                    ..LogOptions::default()
                };
                return Some(Bytes::from(options.text(lines)));
            }
            if logs.finished.is_some() {
                return None;
            }
            let wait = match logs.next_after(now) {
                Some(due) => Duration::try_from(due.duration_since(now)).unwrap_or_default(),
                None => Duration::from_secs(3600),
            };
            tokio::select! {
                () = changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}
