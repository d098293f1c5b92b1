// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What hg_attention_dispatch knows of the token list, and the heads that cascade pruning left.
///
/// The token list is watched where the core takes its entries; `entries_o` is the position behind
/// the last one. `count_i` entries have come when `loaded_o` is set, counted from `watch_i` on;
/// `forget_i` takes all of them away. Heads are written down as they come, up to 256; `heads_o` is
/// how many there were in the last whole list, and number `index_i` of it is on `number_o` a cycle
/// later.
module hg_dispatch_lists #(
  /// Bits of a count of keys.
  parameter int TokW = 11,
  /// Whether there is cascade pruning.
  parameter int Cascade = 0
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            list_taken_i,
  input  logic [TokW-1:0] list_position_i,
  input  logic            watch_i,
  input  logic            forget_i,
  input  logic [TokW-1:0] count_i,
  output logic [TokW-1:0] entries_o,
  output logic            loaded_o,
  input  logic            head_taken_i,
  input  logic [7:0]      head_index_i,
  input  logic            head_last_i,
  output logic [8:0]      heads_o,
  input  logic [7:0]      index_i,
  output logic [7:0]      number_o
);

  logic [TokW-1:0] entries_q;
  logic            loaded_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      entries_q <= '0;
      loaded_q  <= 1'b0;
    end else begin
      if (forget_i) entries_q <= '0;
      else if (list_taken_i) entries_q <= list_position_i + TokW'(1);
      loaded_q <= watch_i &&
                  (loaded_q || (list_taken_i && list_position_i + TokW'(1) == count_i));
    end
  end

  assign entries_o = entries_q;
  assign loaded_o  = loaded_q;

  if (Cascade != 0) begin : gen_heads
    logic [7:0] next_q;
    logic [8:0] heads_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        next_q  <= '0;
        heads_q <= '0;
      end else if (head_taken_i) begin
        next_q <= head_last_i ? 8'd0 : next_q + 8'd1;
        if (head_last_i) heads_q <= {1'b0, next_q} + 9'd1;
      end
    end
    assign heads_o = heads_q;

    hg_ram_1r1w #(
      .Width        (8),
      .DepthEntries (256)
    ) u_heads (
      .clk_i,
      .wr_en_i   (head_taken_i),
      .wr_addr_i (next_q),
      .wr_data_i (head_index_i),
      .rd_en_i   (1'b1),
      .rd_addr_i (index_i),
      .rd_data_o (number_o)
    );
  end else begin : gen_none
    logic unused_heads;
    assign heads_o      = '0;
    assign number_o     = '0;
    assign unused_heads = &{head_taken_i, head_index_i, head_last_i, index_i};
  end

endmodule

`default_nettype wire
