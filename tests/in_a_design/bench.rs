// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bench that was written by hand for top-k engines with tied inputs.

use hwgen_bundle::manifest::{Dir, Engine};

use crate::parent::{Ties, instance, range};

/// A bench of a top whose keep, k and ready are tied: keys 1 5 3 7, then 2 6 4 0; of the two largest
/// 7 stands at index 3 and 6 at index 5, and 6 is the threshold. Twice, so that what the first query
/// leaves behind would show.
pub(crate) fn tied_bench(engine: &Engine) -> String {
    let tied = ["key_keep_i", "key_k_i", "res_ready_i"];
    let values = ["4'hf", "5'd2", "1'b1"];
    let ties: Ties = tied
        .map(str::to_owned)
        .into_iter()
        .zip(values.map(str::to_owned))
        .collect();
    let outputs = engine.ports.iter().filter(|p| matches!(p.dir, Dir::Output));
    let wires: String = outputs
        .map(|p| format!("  wire {}u_{};\n", range(p), p.name))
        .collect();
    let top = instance(engine, "u", &ties);
    format!(
        "`timescale 1ns/1ps\nmodule parent;\n  reg clk_i = 0, rst_ni = 0, key_valid_i = 0, key_last_i = 0;
  reg [15:0] key_data_i = 0;\n{wires}{top}  always #5 clk_i = !clk_i;
  task beat(input [15:0] data, input last);
    begin
      key_valid_i = 1; key_data_i = data; key_last_i = last;
      @(posedge clk_i);
      while (!u_key_ready_o) @(posedge clk_i);
      #1 key_valid_i = 0;
    end
  endtask
  integer at = 0, queries = 0;
  always @(posedge clk_i) if (rst_ni && u_res_valid_o) begin
    for (integer i = 0; i < 4; i = i + 1) if (u_res_keep_o[i]) begin
      if (u_res_data_o[4*i +: 4] !== (at == 0 ? 4'd7 : 4'd6)) $fatal(1, \"key\");
      if (u_res_index_o[4*i +: 4] !== (at == 0 ? 4'd3 : 4'd5)) $fatal(1, \"index\");
      at = at + 1;
    end
    if (u_res_threshold_o !== 4'd6 || u_res_count_o !== 5'd2) $fatal(1, \"threshold or count\");
    if (u_res_last_o) begin
      if (at != 2) $fatal(1, \"survivors\");
      at = 0; queries = queries + 1;
    end
  end
  initial begin
    repeat (4) @(posedge clk_i);
    #1 rst_ni = 1;
    repeat (2) begin
      repeat (40) @(posedge clk_i);
      #1 beat(16'h7351, 0);
      beat(16'h0462, 1);
    end
    repeat (200) @(posedge clk_i);
    if (queries != 2) $fatal(1, \"queries\");
    $display(\"PASS\");
    $finish;
  end
endmodule\n"
    )
}
