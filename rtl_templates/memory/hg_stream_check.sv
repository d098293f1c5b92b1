// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Checks a command of a stream reader or a stream writer before anything is accessed.
///
/// A command names `rows` rows of `bytes` bytes each, whose first bytes are `stride` bytes apart.
/// Every byte must lie in the window from `range_base_i` on and below `range_end_i`. One command is
/// under way at a time. It leaves in the fifth cycle, counted from the one in which it was taken,
/// and with more than one row later by one cycle and as many as the number of the last row has
/// bits, as that number is multiplied by the stride bit by bit. Since rows have a beat each at
/// least, this never takes longer than the former command of the same shape takes to be moved,
/// but for commands of a few beats.
///
/// The code says why a command is refused: 1 bytes are 0 or more than 2^20, 2 rows are 0 or more
/// than 2^16, 3 a row begins below address 0 or ends above 2^64, 4 a row is not inside the window;
/// the lowest one counts. 0 is a command to be carried out; bytes and rows leave less one. The
/// window must not change while a command is under way.
module hg_stream_check (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        in_valid_i,
  output logic        in_ready_o,
  input  logic [63:0] in_addr_i,
  input  logic [20:0] in_bytes_i,
  input  logic [16:0] in_rows_i,
  input  logic [31:0] in_stride_i,
  input  logic [63:0] range_base_i,
  input  logic [63:0] range_end_i,
  output logic        out_valid_o,
  input  logic        out_ready_i,
  output logic [63:0] out_addr_o,
  output logic [19:0] out_bytes_m1_o,
  output logic [15:0] out_rows_m1_o,
  output logic [31:0] out_stride_o,
  output logic [2:0]  out_code_o
);

  typedef enum logic [2:0] {
    Idle,
    Multiply,
    Carry,
    EndLow,
    EndHigh,
    Compare,
    Verdict
  } state_e;

  state_e state_d, state_q;

  logic        take;
  logic [63:0] addr_q;
  logic [20:0] bytes_m1_q;
  logic [16:0] rows_m1_q, left_q, rows_m1;
  logic [31:0] stride_q;
  logic        bytes_bad_q, rows_bad_q, one_row, last_bit;

  // Where the last row begins, signed: the low half adds a multiple of the stride while the high
  // half adds what the low one left over in the cycle before.
  logic [47:0] multiple_q;
  logic [31:0] low_q;
  logic [33:0] high_q;
  logic [16:0] over_q;
  logic        carry_q;
  logic [32:0] low_sum;

  // The byte behind the row that begins last.
  logic [32:0] end_low_q;
  logic [33:0] end_high_q;
  logic        down;
  logic [31:0] first_low, top_low;
  logic [33:0] first_high, top_high;

  assign in_ready_o = state_q == Idle;
  assign take       = in_valid_i && in_ready_o;
  assign rows_m1    = in_rows_i - 17'd1;
  assign one_row    = in_rows_i == 17'd1;
  assign last_bit   = left_q[16:1] == '0;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (take && one_row) state_d = EndLow;
        else if (take) state_d = Multiply;
      end
      Multiply: if (last_bit) state_d = Carry;
      Carry:    state_d = EndLow;
      EndLow:   state_d = EndHigh;
      EndHigh:  state_d = Compare;
      Compare:  state_d = Verdict;
      Verdict:  if (out_ready_i) state_d = Idle;
      default:  state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  assign low_sum    = {1'b0, low_q} + {1'b0, left_q[0] ? multiple_q[31:0] : 32'd0};
  assign down       = stride_q[31];
  assign first_low  = down ? low_q : addr_q[31:0];
  assign first_high = down ? high_q : {2'b00, addr_q[63:32]};
  assign top_low    = down ? addr_q[31:0] : low_q;
  assign top_high   = down ? {2'b00, addr_q[63:32]} : high_q;

  always_ff @(posedge clk_i) begin
    if (take) begin
      addr_q      <= in_addr_i;
      bytes_m1_q  <= in_bytes_i - 21'd1;
      rows_m1_q   <= rows_m1;
      stride_q    <= in_stride_i;
      bytes_bad_q <= in_bytes_i == '0 || (in_bytes_i[20] && in_bytes_i[19:0] != '0);
      rows_bad_q  <= in_rows_i == '0 || (in_rows_i[16] && in_rows_i[15:0] != '0);
      left_q      <= rows_m1;
      multiple_q  <= {{16{in_stride_i[31]}}, in_stride_i};
      low_q       <= in_addr_i[31:0];
      high_q      <= {2'b00, in_addr_i[63:32]};
      over_q      <= '0;
      carry_q     <= 1'b0;
    end else if (state_q == Multiply) begin
      left_q     <= {1'b0, left_q[16:1]};
      multiple_q <= {multiple_q[46:0], 1'b0};
      low_q      <= low_sum[31:0];
      carry_q    <= low_sum[32];
      over_q     <= left_q[0] ? {multiple_q[47], multiple_q[47:32]} : 17'd0;
    end
    if (state_q == Multiply || state_q == Carry) begin
      high_q <= high_q + {{17{over_q[16]}}, over_q} + 34'(carry_q);
    end
    if (state_q == EndLow) end_low_q <= {1'b0, top_low} + 33'(bytes_m1_q) + 33'd1;
    if (state_q == EndHigh) end_high_q <= top_high + 34'(end_low_q[32]);
  end

  // Comparisons by halves, put together in the next cycle.
  logic base_high_lt_q, base_high_eq_q, base_low_lt_q;
  logic end_high_gt_q, end_high_eq_q, end_low_gt_q;
  logic below_q, above_q, end_zero_q;
  logic wraps, outside;

  always_ff @(posedge clk_i) begin
    if (state_q == Compare) begin
      base_high_lt_q <= first_high[31:0] < range_base_i[63:32];
      base_high_eq_q <= first_high[31:0] == range_base_i[63:32];
      base_low_lt_q  <= first_low < range_base_i[31:0];
      end_high_gt_q  <= end_high_q[31:0] > range_end_i[63:32];
      end_high_eq_q  <= end_high_q[31:0] == range_end_i[63:32];
      end_low_gt_q   <= end_low_q[31:0] > range_end_i[31:0];
      // Exactly 2^64 is no wrap, but above any window.
      below_q        <= first_high[33];
      above_q        <= end_high_q[32];
      end_zero_q     <= end_high_q[31:0] == '0 && end_low_q[31:0] == '0;
    end
  end

  assign wraps   = below_q || (above_q && !end_zero_q);
  assign outside = base_high_lt_q || (base_high_eq_q && base_low_lt_q) || above_q ||
                   end_high_gt_q || (end_high_eq_q && end_low_gt_q);

  always_comb begin
    out_code_o = 3'd0;
    if (bytes_bad_q) out_code_o = 3'd1;
    else if (rows_bad_q) out_code_o = 3'd2;
    else if (wraps) out_code_o = 3'd3;
    else if (outside) out_code_o = 3'd4;
  end

  assign out_valid_o    = state_q == Verdict;
  assign out_addr_o     = addr_q;
  assign out_bytes_m1_o = bytes_m1_q[19:0];
  assign out_rows_m1_o  = rows_m1_q[15:0];
  assign out_stride_o   = stride_q;

  logic unused_high;
  assign unused_high = &{bytes_m1_q[20], rows_m1_q[16], first_high[32], end_high_q[33]};

endmodule

`default_nettype wire
