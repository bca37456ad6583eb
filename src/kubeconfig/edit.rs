//! A change of the kubeconfig, written to the files that it concerns.
//!
//! What goes where is client-go's (`clientcmd.ModifyConfig`): an entry to the file that it came from, a new one to
//! [`Sources::default_file`], and a file that is written is written whole. Unlike there, the files are locked before
//! they are read, so that of two changes at once none is lost.

use std::collections::BTreeMap;

use super::{AuthProvider, Cluster, Kubeconfig, Sources, User, encode, file, load, path};
use crate::{
    error::{Error, Result},
    yaml,
};

/// Changes the kubeconfig. `change` is tried first on what is there, without a lock and without effect, so that a
/// mistake is reported as such; then it is called under the lock on what is there then.
///
/// # Errors
/// What `change` fails with, and files that cannot be locked, read or written.
pub fn edit<T>(sources: &Sources, paths: Paths, change: impl Fn(&mut Kubeconfig) -> Result<T>) -> Result<T> {
    change(&mut load::load_or_empty(sources)?)?;
    let _lock = file::Lock::take(sources)?;
    let before = load::load_or_empty(sources)?;
    let mut after = before.clone();
    let outcome = change(&mut after)?;
    if before != after {
        let mut files = Files::new(sources);
        files.change(&before, after, paths)?;
        files.write()?;
    }
    Ok(outcome)
}

/// What becomes of the names of certificate and key files in a changed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// They stay as they are.
    AsGiven,
    /// Those at or below the folder of the entry's file are written relative to it.
    Relative,
}

/// Writes an auth provider's new settings (refreshed tokens) to its user.
///
/// # Errors
/// As [`edit`].
pub fn save_auth_provider(sources: &Sources, user: &str, settings: &BTreeMap<String, String>) -> Result<()> {
    edit(sources, Paths::AsGiven, |config| {
        let user = config.users.get_mut(user);
        if let Some(AuthProvider { config, .. }) = user.and_then(|user| user.auth_provider.as_mut()) {
            *config = Some(settings.clone());
        }
        Ok(())
    })
}

/// The files that a change concerns, each read when it is first asked for.
struct Files<'s> {
    sources: &'s Sources,
    /// Contents by name, and whether they were changed.
    read: BTreeMap<String, (Kubeconfig, bool)>,
}

impl<'s> Files<'s> {
    fn new(sources: &'s Sources) -> Self {
        Files {
            sources,
            read: BTreeMap::new(),
        }
    }

    /// A file's contents.
    fn contents(&mut self, name: &str) -> Result<&mut (Kubeconfig, bool)> {
        if !self.read.contains_key(name) {
            let config = load::read_file(self.sources, name).map_err(Error::message)?;
            self.read.insert(name.to_owned(), (config.unwrap_or_default(), false));
        }
        Ok(self.read.entry(name.to_owned()).or_default())
    }

    /// A file's contents, which will be written.
    fn changed(&mut self, name: &str) -> Result<&mut Kubeconfig> {
        let (config, changed) = self.contents(name)?;
        *changed = true;
        Ok(config)
    }

    /// The file of an entry that came from `origin`.
    fn home(&self, origin: &str) -> String {
        if origin.is_empty() { self.sources.default_file() } else { origin }.to_owned()
    }

    /// Takes over the differences between `before` and `after`.
    fn change(&mut self, before: &Kubeconfig, after: Kubeconfig, paths: Paths) -> Result<()> {
        if before.current_context != after.current_context {
            self.set_current_context(&after.current_context)?;
        }
        if before.preferences != after.preferences {
            self.set_preferences(&after)?;
        }
        let gone = gone(before, &after);
        for (name, mut cluster) in after.clusters {
            if before.clusters.get(&name) != Some(&cluster) {
                cluster.origin = self.home(&cluster.origin);
                if paths == Paths::Relative {
                    relativize(cluster_files(&mut cluster), self.sources)?;
                }
                self.changed(&cluster.origin.clone())?.clusters.insert(name, cluster);
            }
        }
        for (name, context) in after.contexts {
            if before.contexts.get(&name) != Some(&context) {
                let home = self.home(&context.origin);
                self.changed(&home)?.contexts.insert(name, context);
            }
        }
        for (name, mut user) in after.users {
            if before.users.get(&name) != Some(&user) {
                user.origin = self.home(&user.origin);
                if paths == Paths::Relative {
                    relativize(user_files(&mut user), self.sources)?;
                }
                self.changed(&user.origin.clone())?.users.insert(name, user);
            }
        }
        for (origin, remove) in gone {
            let home = self.home(&origin);
            remove(self.changed(&home)?);
        }
        Ok(())
    }

    /// Sets the current context in the file for new entries; clears it in the first file that has one.
    fn set_current_context(&mut self, name: &str) -> Result<()> {
        if self.sources.explicit.is_some() || !name.is_empty() {
            let home = self.sources.default_file().to_owned();
            name.clone_into(&mut self.changed(&home)?.current_context);
            return Ok(());
        }
        for file in self.sources.files() {
            if !self.contents(file)?.0.current_context.is_empty() {
                self.changed(file)?.current_context.clear();
                return Ok(());
            }
        }
        Err(Error::message("no config found to write context"))
    }

    /// Sets the settings in the first file that has others.
    fn set_preferences(&mut self, after: &Kubeconfig) -> Result<()> {
        for file in self.sources.files() {
            if self.contents(file)?.0.preferences != after.preferences {
                self.changed(file)?.preferences = after.preferences.clone();
                return Ok(());
            }
        }
        Err(Error::message("no config found to write preferences"))
    }

    /// Writes the files that were changed.
    fn write(self) -> Result<()> {
        for (name, (config, _)) in self.read.iter().filter(|(_, (_, changed))| *changed) {
            file::write(self.sources, name, &to_bytes(config))?;
        }
        Ok(())
    }
}

/// A kubeconfig as it is written to a file.
pub fn to_bytes(config: &Kubeconfig) -> Vec<u8> {
    let mut bytes = Vec::new();
    yaml::to_yaml(&mut bytes, &encode::kubeconfig(config));
    bytes
}

/// A deed that takes one entry away.
type Removal = Box<dyn FnOnce(&mut Kubeconfig)>;

/// The entries that `after` lacks: where each came from, and how to take it away there.
fn gone(before: &Kubeconfig, after: &Kubeconfig) -> Vec<(String, Removal)> {
    let mut gone: Vec<(String, Removal)> = Vec::new();
    for (name, cluster) in before.clusters.iter().filter(|(name, _)| !after.clusters.contains_key(*name)) {
        let name = name.clone();
        gone.push((cluster.origin.clone(), Box::new(move |config| drop(config.clusters.remove(&name)))));
    }
    for (name, context) in before.contexts.iter().filter(|(name, _)| !after.contexts.contains_key(*name)) {
        let name = name.clone();
        gone.push((context.origin.clone(), Box::new(move |config| drop(config.contexts.remove(&name)))));
    }
    for (name, user) in before.users.iter().filter(|(name, _)| !after.users.contains_key(*name)) {
        let name = name.clone();
        gone.push((user.origin.clone(), Box::new(move |config| drop(config.users.remove(&name)))));
    }
    gone
}

/// The origin of an entry and the names of files in it.
type References<'e> = (&'e str, Vec<&'e mut String>);

fn cluster_files(cluster: &mut Cluster) -> References<'_> {
    (&cluster.origin, vec![&mut cluster.certificate_authority])
}

fn user_files(user: &mut User) -> References<'_> {
    let mut files = vec![&mut user.client_certificate, &mut user.client_key, &mut user.token_file];
    // A bare name is looked up in PATH.
    files.extend(
        user.exec
            .as_mut()
            .map(|exec| &mut exec.command)
            .filter(|command| command.contains('/')),
    );
    (&user.origin, files)
}

/// Makes the names of files that are at or below the folder of their entry's file relative to it, others absolute.
fn relativize((origin, files): References<'_>, sources: &Sources) -> Result<()> {
    let base = path::absolute(&path::folder(origin), &sources.directory);
    for file in files.into_iter().filter(|file| !file.is_empty()) {
        let absolute = path::absolute(file, &base);
        *file = match path::relative(&base, &absolute) {
            Some(relative) if !relative.starts_with("../") => relative,
            Some(_) => absolute,
            None => return Err(Error::message(format!("Rel: can't make {absolute} relative to {base}"))),
        };
    }
    Ok(())
}
