//! Help for `qiantang identity`.

use super::Help;

pub(super) const HELP: Help = &[
    (
        "qiantang identity",
        "Organisations, their accounts, and what each may do",
        "机构、账户及其权限",
    ),
    (
        "qiantang identity list",
        "List the organisations",
        "列出机构",
    ),
    (
        "qiantang identity show",
        "Show an organisation or an account",
        "显示机构或账户",
    ),
    (
        "qiantang identity members",
        "List an organisation's accounts",
        "列出机构的账户",
    ),
    (
        "qiantang identity roles",
        "List an organisation's roles and what they allow",
        "列出机构的角色及其权限",
    ),
    (
        "qiantang identity did",
        "Print the W3C DID document of an account or organisation",
        "打印账户或机构的 W3C DID 文档",
    ),
    (
        "qiantang identity consent",
        "Agree with a key, without sending anything",
        "用密钥签署同意书，不发送交易",
    ),
    (
        "qiantang identity consent join",
        "Agree that the account joins an organisation",
        "同意账户加入机构",
    ),
    (
        "qiantang identity consent key",
        "Agree that the key signs for an account",
        "同意以该密钥为账户签名",
    ),
    (
        "qiantang identity consent object",
        "Object to the recovery of the key's account",
        "反对恢复该密钥的账户",
    ),
    (
        "qiantang identity member",
        "Accounts of your organisation",
        "本机构的账户",
    ),
    (
        "qiantang identity member add",
        "Take an account in, with its consent",
        "接纳账户（须有其同意书）",
    ),
    (
        "qiantang identity member remove",
        "Make an account one of no organisation",
        "将账户移出机构",
    ),
    (
        "qiantang identity member leave",
        "Leave the organisation",
        "退出机构",
    ),
    (
        "qiantang identity member suspend",
        "Suspend an account until it is restored",
        "暂停账户",
    ),
    (
        "qiantang identity member restore",
        "Restore a suspended account",
        "恢复被暂停的账户",
    ),
    (
        "qiantang identity member close",
        "Close an account for ever",
        "永久注销账户",
    ),
    (
        "qiantang identity member level",
        "Set how well the account's user is verified",
        "设置账户的核验等级",
    ),
    (
        "qiantang identity member attributes",
        "Record the salted hash of attributes kept elsewhere",
        "记录链外属性的加盐哈希",
    ),
    (
        "qiantang identity member grant",
        "Give an account a role",
        "授予账户角色",
    ),
    (
        "qiantang identity member revoke",
        "Take a role from an account",
        "收回账户的角色",
    ),
    (
        "qiantang identity role",
        "Roles of your organisation",
        "本机构的角色",
    ),
    ("qiantang identity role create", "Make a role", "建立角色"),
    (
        "qiantang identity role change",
        "Change a role for all who hold it",
        "修改角色，对全部持有者生效",
    ),
    (
        "qiantang identity role remove",
        "Remove a role that nobody holds",
        "删除无人持有的角色",
    ),
    (
        "qiantang identity role name-permission",
        "Name one of the permissions 128 to 255",
        "为权限 128 到 255 之一命名",
    ),
    (
        "qiantang identity key",
        "The key of your account",
        "本账户的密钥",
    ),
    (
        "qiantang identity key rotate",
        "Let another key sign for your account, which keeps its address",
        "更换本账户的签名密钥，地址不变",
    ),
    (
        "qiantang identity recovery",
        "Accounts whose key is lost",
        "密钥丢失的账户",
    ),
    (
        "qiantang identity recovery show",
        "Show the recovery of an account",
        "显示账户的恢复进度",
    ),
    (
        "qiantang identity recovery rules",
        "Set how many administrators recover an account, and the delay",
        "设定恢复所需的管理员数与等待期",
    ),
    (
        "qiantang identity recovery propose",
        "Propose another key for an account",
        "提议账户的新密钥",
    ),
    (
        "qiantang identity recovery approve",
        "Approve a recovery",
        "同意恢复",
    ),
    (
        "qiantang identity recovery withdraw",
        "Withdraw a recovery",
        "撤回恢复",
    ),
    (
        "qiantang identity recovery object",
        "Object to the recovery of your own account",
        "反对恢复自己的账户",
    ),
    (
        "qiantang identity recovery finish",
        "Finish a recovery after its delay",
        "等待期满后完成恢复",
    ),
    (
        "who",
        "Organisation (number, name or address), account or DID",
        "机构（编号、名称或地址）、账户或 DID",
    ),
    (
        "organisation",
        "Organisation: its number or name",
        "机构：编号或名称",
    ),
    ("account", "Address of the account", "账户地址"),
    (
        "consent",
        "What `qiantang identity consent` printed",
        "`qiantang identity consent` 打印的同意书",
    ),
    (
        "roles",
        "Role to give: word, number or name; may be repeated",
        "授予的角色：名称或编号，可重复",
    ),
    ("role", "Role: word, number or name", "角色：名称或编号"),
    (
        "level",
        "Verification level, 0 to 255 [0]",
        "核验等级，0 到 255 [0]",
    ),
    (
        "qiantang identity member level level",
        "Verification level, 0 to 255",
        "核验等级，0 到 255",
    ),
    (
        "hash",
        "32 bytes in hexadecimal digits",
        "32 字节十六进制哈希",
    ),
    (
        "qiantang identity role create name",
        "Name of the role",
        "角色名称",
    ),
    (
        "qiantang identity role name-permission name",
        "Name of the permission",
        "权限名称",
    ),
    ("rename", "Another name", "新名称"),
    (
        "permissions",
        "Permission that it gives: word or number; may be repeated",
        "角色的权限：名称或编号，可重复",
    ),
    (
        "permission",
        "Number of the permission, 128 to 255",
        "权限编号，128 到 255",
    ),
    ("new_key", "Address of the new key", "新密钥的地址"),
    (
        "votes",
        "Approvals of administrators; 0 is a majority [0]",
        "所需管理员同意数，0 表示过半数 [0]",
    ),
    (
        "qiantang identity recovery rules delay",
        "Time in which the owner can object, such as 3days",
        "所有者可提出异议的时间，例如 3days",
    ),
    (
        "within",
        "How long the consent can be used [1day]",
        "同意书的有效时间 [1day]",
    ),
    ("yes", "Send without asking", "不经询问直接发送"),
];
