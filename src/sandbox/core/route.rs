//! A route: a method and a path with parameters that lead to an operation.

use std::collections::BTreeMap;
use std::fmt::Debug;

use http::Method;

/// The template under which requests to nowhere are counted.
pub(super) const NO_ROUTE: &str = "(none)";

/// What a route leads to.
pub trait Operation: Copy + Debug + Send + Sync + 'static {
    /// Its name, as the vendor writes names: `createAccount`.
    fn name(self) -> String;

    /// Whether its answer is a list of a whole collection.
    fn is_list(self) -> bool;
}

/// One route of a contract.
#[derive(Clone, Debug)]
pub struct Route<O> {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters: `/setup/account/{accountId}`.
    pub template: &'static str,
    /// What it leads to.
    pub operation: O,
    /// The query keys that it knows.
    pub query: &'static [&'static str],
    /// The document's name of the operation, where it is another than the operation's own.
    name: Option<&'static str>,
}

/// A route that knows no query keys, and that the vendor's document calls what its operation is called.
pub const fn route<O>(method: Method, template: &'static str, operation: O) -> Route<O> {
    Route { method, template, operation, query: &[], name: None }
}

impl<O: Operation> Route<O> {
    /// The same with these query keys.
    pub const fn with_query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    /// The same by another name.
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// As told to others.
    pub fn served(&self) -> ServedRoute {
        ServedRoute {
            method: self.method.clone(),
            template: self.template,
            operation: self.name.map_or_else(|| self.operation.name(), ToOwned::to_owned),
        }
    }

    /// The route with what the path fills in, if the request takes it. Case and a trailing slash do
    /// not matter.
    pub(super) fn matched(&'static self, method: &Method, path: &str) -> Option<Matched<O>> {
        if self.method != *method {
            return None;
        }
        Some(Matched { route: self, parameters: fill(self.template, path)? })
    }
}

/// A route that a contract serves, as told to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedRoute {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters: `/setup/account/{accountId}`.
    pub template: &'static str,
    /// What it does: `createAccount`, or the document's own name of it.
    pub operation: String,
}

/// A route with what the path filled in.
#[derive(Debug)]
pub struct Matched<O: 'static> {
    /// The route.
    pub route: &'static Route<O>,
    /// What stands in the place of its parameters.
    pub parameters: BTreeMap<&'static str, String>,
}

fn fill(template: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut parameters = BTreeMap::new();
    let mut given = path.split('/');
    for expected in template.split('/') {
        let segment = given.next()?;
        let parameter = expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match parameter {
            Some(name) if !segment.is_empty() => {
                parameters.insert(name, segment.to_owned());
            }
            None if expected.eq_ignore_ascii_case(segment) => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(parameters)
}
