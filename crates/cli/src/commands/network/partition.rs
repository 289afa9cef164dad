//! `qiantang network partition` and `heal`: faults on purpose.

use super::{
    layout::{Layout, Member},
    process::{Process, Signal},
    run::tell,
};
use crate::{failure::Failure, messages::NetworkMessage as M, output::Output};
use qiantang_node::PARTITION_FILE;
use std::{fs, io};

/// Cuts some validators, as a group, off from the others. A partition that was there before ends.
pub(super) fn cut(output: Output, layout: &Layout, indexes: &[usize]) -> Result<(), Failure> {
    let group = layout.choose(output, indexes)?;
    allowed(output, layout)?;
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let is_inside = |member: &Member| group.iter().any(|one| one.index == member.index);
    for member in &layout.members {
        let key = member.public_key(output)?;
        let side = if is_inside(member) {
            &mut inside
        } else {
            &mut outside
        };
        side.push(key);
    }
    for member in &layout.members {
        let blocked = if is_inside(member) { &outside } else { &inside };
        let path = member.config.dir.join(PARTITION_FILE);
        let written = serde_json::to_vec_pretty(blocked)
            .map_err(io::Error::other)
            .and_then(|text| fs::write(&path, text));
        written.map_err(|error| Failure::write(output.lang, &path, &error))?;
    }
    reload(output, layout)?;
    let names: Vec<String> = group.iter().map(Member::name).collect();
    let what = serde_json::json!({ "partitioned": names });
    output.data(&what, || output.say(M::Cut, &[&names.join(", ")]))
}

/// Lets all validators talk to each other again.
pub(super) fn heal(output: Output, layout: &Layout) -> Result<(), Failure> {
    allowed(output, layout)?;
    for member in &layout.members {
        let path = member.config.dir.join(PARTITION_FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::write(output.lang, &path, &error));
            }
            _ => {}
        }
    }
    reload(output, layout)?;
    let what = serde_json::json!({ "partitioned": [] });
    output.data(&what, || output.lang.text(M::Healed).to_owned())
}

fn allowed(output: Output, layout: &Layout) -> Result<(), Failure> {
    let forbidden = layout.members.iter().find(|m| !m.config.inject_faults);
    match forbidden {
        Some(member) => Err(output
            .failure(M::NoFaults, &[&member.name()])
            .hint(output.lang, M::NoFaultsHint)),
        None => Ok(()),
    }
}

fn reload(output: Output, layout: &Layout) -> Result<(), Failure> {
    for member in &layout.members {
        if let Some(process) = Process::of(&member.dir) {
            tell(output, member, &process, Signal::Reload)?;
        }
    }
    Ok(())
}
