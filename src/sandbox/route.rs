//! A route: a method and a path with parameters that lead to an operation.

use std::collections::BTreeMap;

use http::Method;

use super::operation::Operation;

/// The template under which requests to nowhere are counted.
pub(super) const NO_ROUTE: &str = "(none)";

/// One route of a contract.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) template: &'static str,
    pub(super) operation: Operation,
    /// The query keys it knows, besides `accountId`, which is welcome everywhere.
    pub(super) query: &'static [&'static str],
    /// The document's name of the operation, where it is another than the operation's own.
    name: Option<&'static str>,
}

pub(super) const fn route(method: Method, template: &'static str, operation: Operation) -> Route {
    Route { method, template, operation, query: &[], name: None }
}

impl Route {
    pub(super) const fn with_query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    pub(super) const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// As told to others.
    pub(super) fn served(&self) -> ServedRoute {
        ServedRoute {
            method: self.method.clone(),
            template: self.template,
            operation: self.name.map_or_else(|| self.operation.name(), ToOwned::to_owned),
        }
    }

    /// The route with what the path fills in, if the request takes it. Case and a trailing slash do
    /// not matter (spot-wire §1).
    pub(super) fn matched(&'static self, method: &Method, path: &str) -> Option<Matched> {
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
    /// What it does: `createAccount`. In Published, the document's own name of it.
    pub operation: String,
}

/// A route with what the path filled in.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) route: &'static Route,
    pub(super) parameters: BTreeMap<&'static str, String>,
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
