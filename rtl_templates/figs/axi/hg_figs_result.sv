// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes words of memory of the sums of a token: outputs one behind the other, sign-extended.
///
/// Of the array's words those that hold a sum at the given N are taken, in their order. A token
/// takes as many cycles as it has words of `DataW` bits.
module hg_figs_result #(
  /// Words of the array.
  parameter int Words = 64,
  /// Bits of a sum.
  parameter int PsumW = 28,
  /// Bits of an output in memory: 32 or 64.
  parameter int OutW = 32,
  /// Bits of a word of memory: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Most words of the array for an output of a lane, log2.
  parameter int LogMost = 2,
  /// Derived: bits of the log2 of the distance of sums.
  localparam int LogW = 3
) (
  /// Clock, rising edge.
  input  logic                   clk_i,
  /// Asynchronous reset, active low.
  input  logic                   rst_ni,
  /// Log2 of the distance of the words that hold sums: 0 to LogMost. Steady from the first token of
  /// a command to its last word.
  input  logic [LogW-1:0]        log_step_i,
  /// The sums of a token are offered.
  input  logic                   in_valid_i,
  /// They are taken.
  output logic                   in_ready_o,
  /// The sums, word 0 lowest.
  input  logic [Words*PsumW-1:0] in_data_i,
  /// A word is offered.
  output logic                   out_valid_o,
  /// It is taken.
  input  logic                   out_ready_i,
  /// The word.
  output logic [DataW-1:0]       out_data_o
);

  localparam int PerWord = DataW / OutW;
  // Words of memory, at most, and a row of so many outputs.
  localparam int Most  = (Words + PerWord - 1) / PerWord;
  localparam int RowW  = Most * DataW;
  localparam int LeftW = hg_pkg::cnt_width(Most);

  logic [RowW-1:0]  row, row_q;
  logic [LeftW-1:0] left_q, count;
  logic             load;

  // Output c is in word c * 2^log_step.
  logic [(LogMost+1)*RowW-1:0] rows;

  for (genvar s = 0; s <= LogMost; s++) begin : gen_step
    for (genvar c = 0; c < RowW / OutW; c++) begin : gen_output
      if (c < (Words >> s)) begin : gen_sum
        assign rows[RowW*s+OutW*c+:OutW] = {{(OutW - PsumW + 1) {in_data_i[PsumW*(c<<s)+PsumW-1]}},
                                            in_data_i[PsumW*(c<<s)+:PsumW-1]};
      end else begin : gen_none
        assign rows[RowW*s+OutW*c+:OutW] = '0;
      end
    end
  end

  always_comb begin
    row   = '0;
    count = '0;
    for (int s = 0; s <= LogMost; s++) begin
      if (log_step_i == LogW'(s)) begin
        row   = rows[RowW*s+:RowW];
        count = LeftW'(((Words >> s) + PerWord - 1) / PerWord);
      end
    end
  end

  assign load       = in_valid_i && in_ready_o;
  assign in_ready_o = left_q == '0 || (left_q == LeftW'(1) && out_ready_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else if (load) left_q <= count;
    else if (out_valid_o && out_ready_i) left_q <= left_q - LeftW'(1);
  end

  if (Most > 1) begin : gen_shift
    always_ff @(posedge clk_i) begin
      if (load) row_q <= row;
      else if (out_ready_i) row_q <= {{DataW{1'b0}}, row_q[RowW-1:DataW]};
    end
  end else begin : gen_one
    always_ff @(posedge clk_i) begin
      if (load) row_q <= row;
    end
  end

  assign out_valid_o = left_q != '0;
  assign out_data_o  = row_q[DataW-1:0];

endmodule

`default_nettype wire
