//! Help for the commands of operators: `qiantang config`, `init`, `genesis`, `start`, `network`.

use super::Help;

pub(super) const HELP: Help = &[
    ("qiantang config", "The configuration of a node", "节点配置"),
    (
        "qiantang config check",
        "Check a configuration and show what holds with the environment",
        "检查配置文件，并显示结合环境变量后的实际取值",
    ),
    (
        "qiantang config default",
        "Print a configuration with every key, its default and what it is for",
        "打印包含全部键、默认值与说明的配置文件",
    ),
    (
        "qiantang config check file",
        "The configuration (TOML)",
        "配置文件（TOML）",
    ),
];
