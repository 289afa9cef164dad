//! `qiantang identity`: organisations, their accounts, and what each may do.

mod act;
pub(crate) mod arguments;
mod consent;
mod show;

pub(crate) use act::find_role;
pub(crate) use show::role_name;

use super::{connect, names::Names};
use crate::{failure::Failure, output::Output};
use arguments::Identity as Arguments;

/// Runs one of the commands about organisations and accounts.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<(), Failure> {
    let names = |rpc: &crate::arguments::Rpc| -> Result<Names, Failure> {
        Ok(Names::new(output, connect(output, &rpc.rpc)?))
    };
    match arguments {
        Arguments::List { rpc } => show::list(output, &names(&rpc)?).await,
        Arguments::Show { who, rpc } => show::show(output, &names(&rpc)?, &who).await,
        Arguments::Members { organisation, rpc } => {
            show::members(output, &names(&rpc)?, &organisation).await
        }
        Arguments::Roles { organisation, rpc } => {
            show::roles(output, &names(&rpc)?, &organisation).await
        }
        Arguments::Did { who, rpc } => show::did(output, &names(&rpc)?, &who).await,
        Arguments::Consent(what) => consent::run(output, what).await,
        Arguments::Member(what) => act::member(output, what).await,
        Arguments::Role(what) => act::role(output, what).await,
        Arguments::Key(what) => act::key(output, what).await,
        Arguments::Recovery(what) => act::recovery(output, what).await,
    }
}
