//! Looking up: the built-in table where it will do, the cache where there is one, the server where there is need.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Mutex;

use super::{
    Mapping, Miss, Partial, Resources, builtin,
    cache::Cache,
    fetch::{self, complain, complain_of_versions},
    mapper::{self, Source},
};
use crate::{
    api::{OwnedValue, quote},
    client::Client,
    error::{Error, Result},
    world::World,
};

/// What one server offers, as far as this run needs to know. The first question that needs the whole of it loads it,
/// from the cache or from the server.
///
/// kubectl asks the same thing several times on its way to a resource, and complains each time that it gets no answer.
/// Here the server is asked once, but the complaints are as many.
#[derive(Debug)]
pub struct Discovery {
    client: Client,
    cache: Option<Cache>,
    streams: crate::streams::Streams,
    color: bool,
    state: Mutex<State>,
    over: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    resources: Option<Arc<Resources>>,
    /// Why the server could not be asked.
    failure: Option<Error>,
    /// Whether what is known comes from the server in this run.
    fresh: bool,
    /// Whether the cache may no longer be read.
    invalidated: bool,
    /// Whether kubectl would have built its mapper from what is known, and would not ask again for that.
    mapped: bool,
    /// How often kubectl would have asked where the built-in table made it unnecessary.
    spared: usize,
}

/// Why a lookup led nowhere.
#[derive(Debug)]
pub enum LookupError {
    /// The server has no such thing.
    Miss(Miss),
    /// The server could not be asked.
    Failed(Error),
}

impl LookupError {
    /// Whether the server knows nothing by that name (client-go's `IsNoMatchError`).
    pub fn is_no_match(&self) -> bool {
        matches!(self, LookupError::Miss(miss) if miss.is_no_match())
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Miss(miss) => Error::message(miss.to_string()),
            LookupError::Failed(error) => error,
        }
    }
}

impl Discovery {
    /// What the server of `client` offers. `cache` is where it is kept; nowhere if there is none.
    pub fn new(client: Client, cache: Option<Cache>, world: &World) -> Self {
        Discovery {
            client,
            cache,
            color: world.colors(world.streams.facts().error),
            streams: world.streams.clone(),
            state: Mutex::default(),
            over: AtomicBool::new(false),
        }
    }

    /// Everything the server offers, from the cache if that is not too old.
    ///
    /// # Errors
    /// Where the server cannot be asked; that it cannot has then been said in kubectl's log form, too.
    pub async fn all(&self) -> Result<Arc<Resources>> {
        let mut state = self.state.lock().await;
        self.load(&mut state).await
    }

    /// Whether it is known what the server offers, so that nothing needs to be assumed.
    pub async fn is_loaded(&self) -> bool {
        self.is_known(&mut *self.state.lock().await)
    }

    /// Makes the next question go to the server, whatever the cache says.
    pub async fn invalidate(&self) {
        invalidate(&mut *self.state.lock().await);
    }

    /// The resource that an argument names: `po`, `deployments.apps`, `Ingress.v1.networking.k8s.io`. Where it comes from
    /// the built-in table, the first request for it may show that it was wrong: see [`Discovery::reconsider`].
    ///
    /// # Errors
    /// `the server doesn't have a resource type "…"`, or why the server cannot be asked.
    pub async fn resolve(&self, argument: &str) -> Result<Mapping> {
        let mut state = self.state.lock().await;
        let known = state.resources.is_some() || state.failure.is_some();
        if !known && let Some(mapping) = builtin::resolve_core(argument) {
            return Ok(mapping);
        }
        if !self.is_known(&mut state)
            && let Some(mapping) = builtin::resolve(argument)
        {
            return Ok(mapping);
        }
        self.resolve_asking(&mut state, argument).await
    }

    /// The resource to go on with after a request for `mapping` failed with `error`: another one than `mapping`, if that
    /// was only assumed and the server says otherwise.
    ///
    /// # Errors
    /// `error`, where `mapping` was right; and what kubectl would have said before it made the request at all.
    pub async fn reconsider(&self, mapping: &Mapping, error: Error) -> Result<Mapping> {
        if !mapping.is_assumed() || !is_doubtful(&error) {
            return Err(error);
        }
        let mut state = self.state.lock().await;
        let found = match (&state.failure, self.is_over()) {
            // It has been said once that the server cannot be asked; kubectl would have stopped there.
            (Some(failure), true) => Err(failure.clone()),
            _ => self.look_again(&mut state, mapping).await,
        };
        let found = found.inspect_err(|_| self.over.store(true, Ordering::Relaxed))?;
        if found.is_same(mapping) { Err(error) } else { Ok(found) }
    }

    /// Whether [`Discovery::reconsider`] found out that kubectl would have made no request at all. What others came to is
    /// then not worth a word.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// What the server says of an assumed resource.
    async fn look_again(&self, state: &mut State, mapping: &Mapping) -> Result<Mapping> {
        match &mapping.source {
            Source::Server => Ok(mapping.clone()),
            Source::Argument(argument) => Ok(self.chain(state, argument, true).await?.0),
            Source::Kind => {
                let look = |resources: &Resources| mapper::mapping(resources, &mapping.group, &mapping.kind, &mapping.version);
                Ok(self.look(state, true, look).await?)
            }
        }
    }

    /// The resource of a kind, in `version` or, where that is empty, in the preferred one. As with
    /// [`Discovery::resolve`] it may be an assumption.
    ///
    /// # Errors
    /// Where the server does not have the kind, or cannot be asked.
    pub async fn mapping_for(&self, group: &str, version: &str, kind: &str) -> Result<Mapping, LookupError> {
        let mut state = self.state.lock().await;
        if state.resources.is_none()
            && state.failure.is_none()
            && let Some(mapping) = builtin::by_kind(group, version, kind)
        {
            return Ok(mapping);
        }
        let look = |resources: &Resources| mapper::mapping(resources, group, kind, version);
        self.look(&mut state, true, look).await
    }

    /// The kind behind a resource's name, short names included: client-go's `KindFor`.
    ///
    /// # Errors
    /// Where the server does not have the resource, or cannot be asked.
    pub async fn kind_for(&self, named: &Partial) -> Result<Partial, LookupError> {
        let mut state = self.state.lock().await;
        self.look_twice(&mut state, true, named, mapper::kind_for).await
    }

    /// The resource behind a name, short names included: client-go's `ResourceFor`.
    ///
    /// # Errors
    /// Where the server does not have the resource, or cannot be asked.
    pub async fn resource_for(&self, named: &Partial) -> Result<Partial, LookupError> {
        let mut state = self.state.lock().await;
        self.look_twice(&mut state, true, named, mapper::resource_for).await
    }

    /// The resources behind a name, short names included, in the server's order: client-go's `ResourcesFor`.
    ///
    /// # Errors
    /// Where the server does not have the resource, or cannot be asked.
    pub async fn resources_for(&self, named: &Partial) -> Result<Vec<Partial>, LookupError> {
        let mut state = self.state.lock().await;
        self.look_twice(&mut state, true, named, mapper::resources_for).await
    }

    /// The resource that an argument names, from the built-in table: only a guess, for who can find out in another way
    /// whether it is right. None where the cache can tell, or nothing is built in.
    pub async fn guess(&self, argument: &str) -> Option<Mapping> {
        let mut state = self.state.lock().await;
        builtin::resolve(argument).filter(|_| !self.is_known(&mut state))
    }

    /// Resource types as typed, parted by commas, each category replaced by its members: `all` becomes
    /// `pods,services,…`. What cannot be asked for is left as it is.
    pub async fn expand_categories(&self, types: &str) -> String {
        let mut state = self.state.lock().await;
        let mut expanded: Vec<String> = Vec::new();
        for name in types.split(',') {
            if builtin::resolve(name).is_some() && !self.is_known(&mut state) {
                state.spared += 1;
                expanded.push(name.to_owned());
                continue;
            }
            let members = self.load(&mut state).await.map(|resources| resources.category(name));
            match members {
                Ok(members) if !members.is_empty() => expanded.push(members.join(",")),
                _ => expanded.push(name.to_owned()),
            }
        }
        expanded.join(",")
    }

    /// The members of a category as `resource.group`; empty where there is none by that name.
    ///
    /// # Errors
    /// Where the server cannot be asked.
    pub async fn category(&self, name: &str) -> Result<Vec<String>> {
        Ok(self.all().await?.category(name))
    }

    /// The resource that an argument names, as plural, singular or short name: `resource.group` or
    /// `resource.version.group`. Kinds are not looked for. Where no server needs to be asked, none is.
    ///
    /// # Errors
    /// Where the server does not have the resource, or cannot be asked.
    pub async fn resource_named(&self, argument: &str) -> Result<Partial, LookupError> {
        let mut state = self.state.lock().await;
        let builtin = builtin::resolve(argument);
        if let Some(mapping) = builtin
            && !self.is_known(&mut state)
        {
            return Ok(Partial {
                group: mapping.group.as_str().into(),
                version: mapping.version.as_str().into(),
                name: mapping.resource.as_str().into(),
            });
        }
        let (full, short) = Partial::parse(argument);
        if let Some(full) = full
            && let Ok(found) = self.look_twice(&mut state, false, &full, mapper::resource_for).await
        {
            return Ok(found);
        }
        self.look_twice(&mut state, true, &short, mapper::resource_for).await
    }

    /// Whether the objects of a resource live in namespaces, as far as that is known without asking.
    pub async fn is_namespaced(&self, resource: &Partial) -> Option<bool> {
        let mut state = self.state.lock().await;
        if self.is_known(&mut state) {
            let resources = state.resources.as_ref()?;
            let found = resources.get(&resource.group, &resource.version, &resource.name)?;
            return Some(found.namespaced);
        }
        let argument = format!("{}.{}.{}", resource.name, resource.version, resource.group);
        builtin::resolve(&argument).map(|mapping| mapping.namespaced)
    }

    /// Whether the server has a version of a group. The cache may say that it has; that it has not, or where the cache
    /// is not to be trusted, only the server says. Unlike other questions this one complains of nothing.
    ///
    /// # Errors
    /// Where the server cannot be asked.
    pub async fn offers(&self, group: &str, version: &str, trust_cache: bool) -> Result<bool> {
        let mut state = self.state.lock().await;
        let has = |resources: &Resources| {
            let versions = resources.group(group).into_iter().flat_map(|group| &group.versions);
            versions.into_iter().any(|have| have.name == *version)
        };
        let known = self.is_known(&mut state);
        if (trust_cache || state.fresh)
            && known
            && let Some(resources) = &state.resources
            && (state.fresh || has(resources))
        {
            return Ok(has(resources));
        }
        let (resources, complete) = fetch::groups(&self.client).await?;
        let offers = has(&resources);
        if complete {
            self.keep(&mut state, resources);
        }
        Ok(offers)
    }

    /// The server's version as it tells it. Never from the cache.
    ///
    /// # Errors
    /// Where the server cannot be asked, or answers something else.
    pub async fn server_version(&self) -> Result<OwnedValue> {
        fetch::version(&self.client).await
    }

    /// The resource that an argument names, from what is known or from the server.
    async fn resolve_asking(&self, state: &mut State, argument: &str) -> Result<Mapping> {
        if self.is_known(state)
            && state.resources.is_some()
            && !state.fresh
            && let Ok((mut mapping, certain)) = self.chain(state, argument, false).await
        {
            if !certain {
                mapping.source = Source::Argument(argument.to_owned());
            }
            return Ok(mapping);
        }
        Ok(self.chain(state, argument, true).await?.0)
    }

    /// kubectl's `mappingFor`: the argument as a resource, then as a kind, each with and without a version; and whether
    /// kubectl, too, would have come there without asking the server. It asks for every `resource.group.with.dots`,
    /// because there is no such version and group.
    async fn chain(&self, state: &mut State, argument: &str, ask_again: bool) -> Result<(Mapping, bool)> {
        let (full, short) = Partial::parse(argument);
        let mut kind = None;
        let mut certain = true;
        if let Some(full) = &full {
            kind = self.look_twice(state, ask_again, full, mapper::kind_for).await.ok();
            certain = kind.is_some();
        }
        if kind.is_none() {
            kind = self.look_twice(state, ask_again, &short, mapper::kind_for).await.ok();
        }
        if let Some(kind) = kind {
            let look = |resources: &Resources| mapper::mapping(resources, &kind.group, &kind.name, &kind.version);
            return Ok((self.look(state, ask_again, look).await?, certain));
        }
        let named = full.as_ref().unwrap_or(&short);
        let look = |resources: &Resources| mapper::mapping(resources, &named.group, &named.name, &named.version);
        if let Ok(mapping) = self.look(state, ask_again, look).await {
            return Ok((mapping, certain));
        }
        let look = |resources: &Resources| mapper::mapping(resources, &short.group, &short.name, "");
        match self.look(state, ask_again, look).await {
            Ok(mapping) => Ok((mapping, certain)),
            Err(LookupError::Miss(_)) => Err(Error::message(format!(
                "the server doesn't have a resource type {}",
                quote(&short.name)
            ))),
            Err(LookupError::Failed(error)) => Err(error),
        }
    }

    /// Looks up a resource by a name that may be short. What is then missing is looked up again, because what was known
    /// when the short name was replaced may have been old.
    async fn look_twice<T>(
        &self,
        state: &mut State,
        ask_again: bool,
        named: &Partial,
        look: fn(&Resources, &Partial) -> Result<T, Miss>,
    ) -> Result<T, LookupError> {
        let expanded = self.expand(state, named).await;
        match self.look(state, ask_again, |resources| look(resources, &expanded)).await {
            Err(error) if error.is_no_match() => {
                let expanded = self.expand(state, named).await;
                self.look(state, ask_again, |resources| look(resources, &expanded)).await
            }
            found => found,
        }
    }

    /// The resource behind a short name, ambiguity warned of; what it was where nothing is known.
    async fn expand(&self, state: &mut State, named: &Partial) -> Partial {
        let Ok(resources) = self.load(state).await else {
            return named.clone();
        };
        let (expanded, warnings) = mapper::expand(&resources, named);
        for warning in warnings {
            self.streams.warn(self.color, &warning);
        }
        expanded
    }

    /// Looks something up in what is known and, if it is missing and `ask_again`, in what the server says now.
    async fn look<T>(&self, state: &mut State, ask_again: bool, look: impl Fn(&Resources) -> Result<T, Miss>) -> Result<T, LookupError> {
        let resources = self.mapper(state).await.map_err(LookupError::Failed)?;
        match look(&resources) {
            Err(miss) if miss.is_no_match() && ask_again && !state.fresh => {
                invalidate(state);
                let resources = self.mapper(state).await.map_err(LookupError::Failed)?;
                look(&resources).map_err(LookupError::Miss)
            }
            found => found.map_err(LookupError::Miss),
        }
    }

    /// What is known, as kubectl's mapper has it: loaded once, then kept.
    async fn mapper(&self, state: &mut State) -> Result<Arc<Resources>> {
        if state.mapped
            && let Some(resources) = &state.resources
        {
            return Ok(Arc::clone(resources));
        }
        let resources = self.load(state).await?;
        state.mapped = true;
        Ok(resources)
    }

    /// Whether it is known, without asking the server, what it offers.
    fn is_known(&self, state: &mut State) -> bool {
        if state.resources.is_some() || state.failure.is_some() {
            return true;
        }
        if !state.invalidated {
            let now = self.streams.now().as_second();
            state.resources = self.cache.as_ref().and_then(|cache| cache.load(now)).map(Arc::new);
            // A cache that cannot be read will not do better the next time.
            state.invalidated = true;
        }
        state.resources.is_some()
    }

    /// One of kubectl's questions for everything the server offers.
    async fn load(&self, state: &mut State) -> Result<Arc<Resources>> {
        if !self.is_known(state) {
            self.ask(state).await;
            for _ in 0..std::mem::take(&mut state.spared) {
                self.complain(state);
            }
        }
        self.complain(state);
        match (&state.resources, &state.failure) {
            (Some(resources), _) => Ok(Arc::clone(resources)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(Error::message("the server has not been asked what it offers")),
        }
    }

    async fn ask(&self, state: &mut State) {
        match fetch::fetch(&self.client).await {
            Ok(resources) => self.keep(state, resources),
            Err(error) => state.failure = Some(error),
        }
    }

    /// Keeps what the server said, for this run and for others.
    fn keep(&self, state: &mut State, resources: Resources) {
        if let Some(cache) = &self.cache {
            cache.store(&resources, self.streams.now().as_second());
        }
        state.resources = Some(Arc::new(resources));
        state.fresh = true;
    }

    /// Says what kubectl says each time that it asks in vain.
    fn complain(&self, state: &State) {
        match (&state.resources, &state.failure) {
            (Some(resources), _) => complain_of_versions(self.client.log(), resources),
            (None, Some(failure)) => complain(self.client.log(), failure),
            (None, None) => {}
        }
    }
}

/// Forgets what is known.
fn invalidate(state: &mut State) {
    *state = State {
        invalidated: true,
        spared: state.spared,
        ..State::default()
    };
}

/// Whether a failure may come from asking for something that the server does not have, or would not have let kubectl
/// come so far. An object that is missing, or a change that is refused, says that its type is there.
fn is_doubtful(error: &Error) -> bool {
    error.status().is_none_or(|status| match status.code {
        404 => status.details.as_ref().is_none_or(|details| details.name.is_empty()),
        401 | 403 => true,
        code => code >= 500,
    })
}
