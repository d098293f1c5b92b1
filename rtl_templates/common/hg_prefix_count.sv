// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counts, for each lane, the ones among the lanes up to and including it.
///
/// A Sklansky tree: log2(Lanes) levels, each lane adds the count of the block to its left. A
/// register that moves with `en_i` cuts it in the middle: latency 1 cycle.
module hg_prefix_count #(
  /// Lanes; a power of two, 1 and up.
  parameter int Lanes = 16,
  /// Derived: bits of a count.
  localparam int CntW = hg_pkg::cnt_width(Lanes)
) (
  input  logic                  clk_i,
  input  logic                  en_i,
  input  logic [Lanes-1:0]      bits_i,
  output logic [Lanes*CntW-1:0] count_o
);

  if (Lanes < 1 || 2 ** $clog2(Lanes) != Lanes) begin : gen_illegal
    ERROR_hg_prefix_count_Lanes_must_be_a_power_of_two u_illegal ();
  end

  localparam int Levels = $clog2(Lanes);
  localparam int Cut    = (Levels + 1) / 2;

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    logic [Lanes*CntW-1:0] row_d, row;
    localparam int Bit = (l == 0) ? 0 : l - 1;
    for (genvar i = 0; i < Lanes; i++) begin : gen_lane
      if (l == 0) begin : gen_leaf
        assign row_d[i*CntW +: CntW] = CntW'(bits_i[i]);
      end else if (((i >> Bit) & 1) == 1) begin : gen_add
        localparam int Left = ((i >> Bit) << Bit) - 1;
        assign row_d[i*CntW +: CntW] =
            gen_level[l-1].row[i*CntW +: CntW] + gen_level[l-1].row[Left*CntW +: CntW];
      end else begin : gen_pass
        assign row_d[i*CntW +: CntW] = gen_level[l-1].row[i*CntW +: CntW];
      end
    end
    if (l == Cut) begin : gen_register
      logic [Lanes*CntW-1:0] row_q;
      always_ff @(posedge clk_i) begin
        if (en_i) row_q <= row_d;
      end
      assign row = row_q;
    end else begin : gen_wire
      assign row = row_d;
    end
  end

  assign count_o = gen_level[Levels].row;

`ifdef HG_FORMAL
  // The counts follow from the bits that were taken last, counted one by one.
  logic             f_taken_q;
  logic [Lanes-1:0] f_bits_q;
  logic [31:0]      f_sum [0:Lanes-1];

  initial f_taken_q = 1'b0;
  always @(posedge clk_i) begin
    if (en_i) begin
      f_taken_q <= 1'b1;
      f_bits_q  <= bits_i;
    end
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_formal
    if (i == 0) begin : gen_first
      assign f_sum[i] = 32'(f_bits_q[i]);
    end else begin : gen_more
      assign f_sum[i] = f_sum[i-1] + 32'(f_bits_q[i]);
    end
    always @(posedge clk_i) begin
      if (f_taken_q) assert (32'(count_o[i*CntW +: CntW]) == f_sum[i]);
      cover (f_taken_q && f_sum[i] == i + 1);
    end
  end
`endif

endmodule

`default_nettype wire
