// SPDX-License-Identifier: MIT OR Apache-2.0
//! Flows towards a layout or a bitstream.

use super::*;

/// Judges names and types of the variables without a PDK, and that the files are there.
const LIBRELANE: &str = r#"
import json, os, sys
from librelane.common import GenericDict
from librelane.config.flow import flow_common_variables
from librelane.config.preprocessor import preprocess_dict
from librelane.flows import Flow
flow = Flow.factory.get("Classic")
known = {v.name: v for v in flow_common_variables}
for step in flow.Steps:
    known.update({v.name: v for v in step.get_all_config_variables()})
folder = os.path.dirname(sys.argv[1])
raw = {k: v for k, v in json.load(open(sys.argv[1])).items() if not k.startswith("//")}
unknown = raw.keys() - known.keys()
assert not unknown, unknown
config = preprocess_dict(raw, folder, pdk="none", pdkpath="/none", scl="none")
for name in raw:
    warnings = []
    _, value = known[name].compile(GenericDict(config), warnings)
    assert not warnings, warnings
    for item in value if isinstance(value, list) else [value]:
        if str(item).startswith("/"):
            assert os.path.isfile(item), item
print(len(raw), "of", len(known))
"#;

#[test]
fn librelane_knows_every_variable() {
    let Some(python) = python("librelane") else {
        return;
    };
    let place = Place::tiny();
    for engine in &place.manifest.engines {
        let config = place.path(&format!("flows/librelane/{}/config.json", engine.top));
        done(&mut place.command(&python, &["-c", LIBRELANE, &config]));
    }
    place.is_untouched();
}

#[test]
fn make_reads_the_design_folder_of_openroad_flow_scripts() {
    let Some(make) = tool("make") else { return };
    let place = Place::tiny();
    // What that flow does with a design: read it, look for the files, hand the variables on.
    let flow = "include $(DESIGN_CONFIG)\nall:\n\t@ls $(VERILOG_FILES) $(SDC_FILE) > /dev/null\n\
                \t@echo $(DESIGN_NAME) $(PLATFORM) $$VERILOG_FILES\n";
    let makefile = place.folder.path().join("work/Makefile");
    fs::write(makefile, flow).expect("writes");
    for engine in &place.manifest.engines {
        let top = &engine.top;
        let config = place.path(&format!("flows/orfs/generic/{top}/config.mk"));
        let design = format!("DESIGN_CONFIG={config}");
        let said = done(&mut place.command(&make, &[&design, "PLATFORM=asap7"]));
        let sources = engine.sources.iter().map(|s| place.path(s));
        let wanted: Vec<String> = [top.clone(), "asap7".to_owned()]
            .into_iter()
            .chain(sources)
            .collect();
        assert_eq!(said.trim().split(' ').collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn siliconcompiler_takes_the_script() {
    let Some(python) = python("sys") else { return };
    let place = Place::tiny();
    let script = place.path("flows/siliconcompiler/build.py");
    let compile = "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')";
    done(&mut place.command(&python, &["-c", compile, &script]));
    let Some(python) = self::python("siliconcompiler") else {
        return;
    };
    for engine in &place.manifest.engines {
        let said = done(&mut place.command(&python, &["-B", &script, "lint", &engine.top]));
        assert!(said.contains("Number of errors: 0"), "{said}");
    }
    place.is_untouched();
}

#[test]
fn make_finds_everything_for_nextpnr() {
    let Some(make) = tool("make") else { return };
    let place = Place::tiny();
    for engine in &place.manifest.engines {
        for arch in ["ecp5", "ice40"] {
            let makefile = place.path(&format!("flows/nextpnr-{arch}/Makefile"));
            let top = format!("TOP={}", engine.top);
            let said = done(&mut place.command(&make, &["-n", "-f", &makefile, &top]));
            for wanted in [
                format!("synth_{arch}"),
                format!("nextpnr-{arch}"),
                engine.top.clone(),
            ] {
                assert!(said.contains(&wanted), "{said}");
            }
        }
    }
}

#[test]
fn the_wrapper_for_ice40_elaborates() {
    let Some(iverilog) = tool("iverilog") else {
        return;
    };
    let place = Place::tiny();
    for engine in &place.manifest.engines {
        let top = format!("{}_pins", engine.top);
        let wrapper = place.path(&format!("flows/nextpnr-ice40/{top}.sv"));
        let sources: Vec<String> = engine.sources.iter().map(|s| place.path(s)).collect();
        let mut command = place.command(&iverilog, &["-g2012", "-Wall", "-t", "null", "-s", &top]);
        let said = done(command.args(sources).arg(wrapper));
        let warnings = said.lines().filter(|l| !l.contains("timescale"));
        assert_eq!(warnings.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
#[ignore = "synthesises, places and routes twice, half a minute"]
fn nextpnr_places_and_routes_the_netlist() {
    let (Some(make), Some(_)) = (tool("make"), tool("yosys")) else {
        return;
    };
    for arch in ["ecp5", "ice40"] {
        let names = [format!("nextpnr-{arch}"), format!("yowasp-nextpnr-{arch}")];
        let Some(nextpnr) = names.iter().find_map(|n| tool(n)) else {
            continue;
        };
        let place = Place::tiny();
        let makefile = place.path(&format!("flows/nextpnr-{arch}/Makefile"));
        let top = format!("TOP={}", place.top("stream"));
        let nextpnr = format!("NEXTPNR={}", nextpnr.display());
        let said = done(&mut place.command(&make, &["-f", &makefile, &top, &nextpnr]));
        assert!(said.contains("Max frequency for clock"), "{said}");
        place.is_untouched();
    }
}
