//! Components of toolchains that are left to themselves: they import WASI, are refused with the
//! setting that grants it, and work with that setting and what their language's own library does.

use std::fs;
use std::process::Command;

use philter_tests::installation::Want;
use philter_tests::program::Ended;
use philter_tests::wasm_toolchains::WasmToolchains;

use crate::stranger::without_cargo;
use crate::template::Project;

/// How a template is changed.
type Edit<'a> = (&'a str, &'a str, &'a str);

/// What `build` of a project in C gets to be a component with WASI.
const ADAPTER: &str = "\"$work/embedded.wasm\" --adapt \"wasi_snapshot_preview1=\
    $WASM_NODE_MODULES/@bytecodealliance/jco/lib/wasi_snapshot_preview1.reactor.wasm\"";

fn edited(project: &Project, edits: &[Edit<'_>]) {
    for (file, from, to) in edits {
        let text = fs::read_to_string(project.file(file)).unwrap();
        assert!(text.contains(from), "'{from}' is not in {file}:\n{text}");
        fs::write(project.file(file), text.replace(from, to)).unwrap();
    }
}

/// Builds a changed template, has it refused, grants what the refusal says, and asks it.
fn works_once_granted(test: &str, language: &str, edits: &[Edit<'_>], wants: &[&str]) {
    let Some(toolchains) = WasmToolchains::find_or_skip(test) else { return };
    let project = Project::new(&format!("--kind filter --lang {language}"));
    edited(&project, edits);
    project.run(toolchains.command(&project.file("build"))).expect_success();
    let refused = check(&project);
    assert!(!refused.status.success(), "{}", refused.report());
    let setting = setting(&refused);
    for word in wants {
        assert!(setting.contains(&format!("\"{word}\"")), "{word} in {}", refused.report());
    }
    let mut table = format!("[wasm.plugin]\ncall_ms_max = 1000\n{setting}\n");
    if wants.contains(&"environment") {
        table += "environment = { GREETING = \"hello\" }\n";
    }
    project.configure(&table);
    let asked = ask(&project).expect_success();
    assert!(asked.report().contains("3, all answered"), "{}", asked.report());
    let heard = asked.stderr.iter().any(|line| line.contains("hello from eu, all is well"));
    assert!(heard, "no line of standard output in the log\n{}", asked.report());
}

/// `wasi = […]`, as the refusal says it.
fn setting(refused: &Ended) -> String {
    let said = refused.report();
    let after = said.split("'wasi = [").nth(1).unwrap_or_else(|| panic!("no setting in {said}"));
    format!("wasi = [{}]", after.split(']').next().unwrap_or_default())
}

fn check(project: &Project) -> Ended {
    let mut philter = Command::new("philter");
    philter.args(["plugin", "check"]).arg(project.file("plugin.wasm"));
    project.run(philter)
}

fn ask(project: &Project) -> Ended {
    let mut philter = Command::new("philter");
    philter.args(["plugin", "test", "--expression", "region = eu", "--messages"]);
    philter.arg(project.file("messages.jsonl")).arg(project.file("plugin.wasm"));
    project.run(philter)
}

#[test]
fn python_with_all_of_its_library() {
    let hello = "    def prepare(self, expression):\n        \
        now, since, some = time.time(), time.monotonic(), os.urandom(9)\n        \
        is_well = now > 1_700_000_000 and since > 0 and len(some) == 9\n        \
        place = expression.partition(\"= \")[2]\n        \
        how = \"all\" if is_well else \"nothing\"\n        \
        print(f\"hello from {place}, {how} is well\", flush=True)\n";
    let edits = [
        ("build", " --stub-wasi", ""),
        (
            "plugin.py",
            "import philter_guest\n\n",
            "import os\nimport time\n\nimport philter_guest\n\n",
        ),
        ("plugin.py", "    def prepare(self, expression):\n", hello),
    ];
    let wants = ["clocks", "random", "stdio", "stubs"];
    works_once_granted("python_with_all_of_its_library", "python", &edits, &wants);
}

#[test]
fn c_with_its_standard_library() {
    let hello = "    unsigned char some[9];\n    \
        bool is_well = time(NULL) > 1700000000 && getentropy(some, sizeof some) == 0;\n    \
        printf(\"%s from %.*s, %s is well\\n\", getenv(\"GREETING\"), \
        (int)value.length,\n           \
        (const char *)value.at, is_well ? \"all\" : \"nothing\");\n    \
        fflush(stdout);\n    \
        expression *made = malloc(";
    let includes = "#define _DEFAULT_SOURCE\n#include \"philter_filter.h\"\n\
        #include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\n#include <unistd.h>\n";
    let edits = [
        ("build", "component new \"$work/embedded.wasm\"", &*format!("component new {ADAPTER}")),
        ("plugin.c", "#include \"philter_filter.h\"\n", includes),
        ("plugin.c", "    expression *made = malloc(", hello),
    ];
    let wants = ["clocks", "random", "stdio", "environment"];
    works_once_granted("c_with_its_standard_library", "c", &edits, &wants);
}

#[test]
fn rust_for_wasip2() {
    let test = "rust_for_wasip2";
    if !has_wasip2() {
        let reason = "rustup has no target wasm32-wasip2 here".to_owned();
        return Want::Machine(reason).skip(test);
    }
    let hello = "        let expression = Expression::parse(text)?;\n        \
        let is_well = std::time::SystemTime::UNIX_EPOCH.elapsed().is_ok();\n        \
        let greeting = std::env::var(\"GREETING\").unwrap_or_default();\n        \
        let how = if is_well { \"all\" } else { \"nothing\" };\n        \
        let place = &expression.value;\n        \
        println!(\"{greeting} from {place}, {how} is well\");\n";
    let made = "\"$CARGO_TARGET_DIR/$wasm/release/by_region.wasm\"";
    let edits = [
        ("build", "wasm=wasm32-unknown-unknown", "wasm=wasm32-wasip2"),
        ("build", &*format!("wasm-tools component new {made} -o"), &*format!("cp {made}")),
        ("src/lib.rs", "        let expression = Expression::parse(text)?;\n", hello),
    ];
    let wants = ["clocks", "random", "stdio", "environment"];
    works_once_granted(test, "rust", &edits, &wants);
}

/// Whether the compiler on PATH has a standard library for this target.
fn has_wasip2() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", "wasm32-wasip2"]);
    let printed = without_cargo(&mut rustc).output().unwrap();
    let folder = String::from_utf8_lossy(&printed.stdout);
    fs::exists(folder.trim()).unwrap()
}
