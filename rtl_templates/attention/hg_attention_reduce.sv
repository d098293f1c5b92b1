// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Tree over the lanes of a row: the sum or the maximum of signed items, pipelined.
///
/// A register stands behind every second level and behind the last: latency
/// max(1, ceil(log2(Lanes) / 2)) cycles, one row a cycle. `tag_i` rides along. A sum wraps only
/// if it does not fit `OutW`.
module hg_attention_reduce #(
  /// Items of a row, 1 and up.
  parameter int Lanes = 4,
  /// Bits of an item, 1 and up.
  parameter int ItemW = 16,
  /// Bits of the result, ItemW and up.
  parameter int OutW = 20,
  /// 1: maximum; 0: sum.
  parameter int Maximum = 0,
  /// Bits that ride along, 1 and up.
  parameter int TagW = 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   valid_i,
  input  logic [TagW-1:0]        tag_i,
  input  logic [Lanes*ItemW-1:0] item_i,
  output logic                   valid_o,
  output logic [TagW-1:0]        tag_o,
  output logic [OutW-1:0]        result_o
);

  if (Lanes < 1 || OutW < ItemW) begin : gen_illegal
    ERROR_hg_attention_reduce_Lanes_must_be_positive_and_OutW_at_least_ItemW u_illegal ();
  end

  localparam int Levels = $clog2(Lanes);
  localparam int Steps  = hg_attention_pkg::reduce_cycles(Lanes);

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Count = (Lanes + 2 ** l - 1) / 2 ** l;
    logic [Count*OutW-1:0] row_d, row;
    if (l == 0) begin : gen_leaf
      for (genvar i = 0; i < Lanes; i++) begin : gen_item
        assign row_d[i*OutW +: OutW] = OutW'($signed(item_i[i*ItemW +: ItemW]));
      end
    end else begin : gen_node
      localparam int Below = (Lanes + 2 ** (l - 1) - 1) / 2 ** (l - 1);
      for (genvar i = 0; i < Count; i++) begin : gen_item
        logic signed [OutW-1:0] a, b;
        assign a = gen_level[l-1].row[2*i*OutW +: OutW];
        if (2 * i + 1 < Below) begin : gen_pair
          assign b = gen_level[l-1].row[(2*i+1)*OutW +: OutW];
        end else begin : gen_single
          assign b = (Maximum != 0) ? a : '0;
        end
        if (Maximum != 0) begin : gen_maximum
          assign row_d[i*OutW +: OutW] = (a < b) ? b : a;
        end else begin : gen_sum
          assign row_d[i*OutW +: OutW] = a + b;
        end
      end
    end
    // Behind level 2, 4, ... and the last; a single lane has one register of its own.
    if (l == Levels || (l > 0 && l % 2 == 0)) begin : gen_register
      logic [Count*OutW-1:0] row_q;
      always_ff @(posedge clk_i) row_q <= row_d;
      assign row = row_q;
    end else begin : gen_wire
      assign row = row_d;
    end
  end

  logic [Steps-1:0]      valid_q;
  logic [Steps*TagW-1:0] tag_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= Steps'({valid_q, valid_i});
  end

  for (genvar s = 0; s < Steps; s++) begin : gen_tag
    always_ff @(posedge clk_i) begin
      if (s == 0) tag_q[0 +: TagW] <= tag_i;
      else tag_q[s*TagW +: TagW] <= tag_q[((s == 0) ? 0 : s - 1)*TagW +: TagW];
    end
  end

  assign valid_o  = valid_q[Steps-1];
  assign tag_o    = tag_q[(Steps-1)*TagW +: TagW];
  assign result_o = gen_level[Levels].row;

`ifdef HG_FORMAL
  // The sum or the largest, beside its tag.
  logic [Steps*OutW-1:0]  f_result_q;
  logic [Steps*TagW-1:0]  f_tags_q;
  logic [Steps-1:0]       f_known_q, f_valid_q;
  logic signed [OutW-1:0] f_result, f_item;

  always_comb begin
    f_result = OutW'($signed(item_i[ItemW-1:0]));
    f_item   = '0;
    for (int i = 1; i < Lanes; i++) begin
      f_item = OutW'($signed(item_i[i*ItemW +: ItemW]));
      if (Maximum == 0) f_result = f_result + f_item;
      else if (f_result < f_item) f_result = f_item;
    end
  end

  initial f_known_q = '0;
  always_comb assume (rst_ni == f_known_q[0]);
  always @(posedge clk_i) begin
    f_known_q  <= Steps'({f_known_q, 1'b1});
    f_result_q <= (Steps * OutW)'({f_result_q, f_result});
    f_tags_q   <= (Steps * TagW)'({f_tags_q, tag_i});
    f_valid_q  <= Steps'({f_valid_q, valid_i && rst_ni});
    if (f_known_q[Steps-1]) begin
      assert (valid_o == f_valid_q[Steps-1]);
      assert (result_o == f_result_q[(Steps-1)*OutW +: OutW]);
      assert (tag_o == f_tags_q[(Steps-1)*TagW +: TagW]);
    end
  end
`endif

endmodule

`default_nettype wire
