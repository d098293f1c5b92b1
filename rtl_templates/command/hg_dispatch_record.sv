// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// A head record as it comes in words of 64 bits, for hg_attention_dispatch: its fields, and which
/// of the rules hold that a field can be judged by alone.
///
/// `begin_i` forgets the record before. Word i is taken with `word_i`; `loaded_o` counts the words
/// whose fields are there, a cycle later, and `over_o` is set when all rules have been looked at.
/// With `append_i` the sources of appending take the places of query and bias.
module hg_dispatch_record #(
  /// Planes of K: 1 to 3.
  parameter int KCount = 3,
  /// Planes of V: 1 to 3.
  parameter int VCount = 3,
  /// What offsets of planes are multiples of: a power of two.
  parameter int Gran = 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        begin_i,
  input  logic        word_i,
  input  logic [63:0] data_i,
  input  logic        bad_i,
  input  logic        append_i,
  input  logic        bias_i,
  output logic [4:0]  loaded_o,
  output logic        over_o,
  output logic [63:0] k_base_o,
  output logic [63:0] v_base_o,
  output logic [95:0] k_offset_o,
  output logic [95:0] v_offset_o,
  output logic [63:0] query_o,
  output logic [31:0] query_stride_o,
  output logic [63:0] bias_o,
  output logic [31:0] bias_stride_o,
  output logic [63:0] result_o,
  output logic [31:0] result_stride_o,
  output logic [5:0]  pre_shift_o,
  output logic [15:0] mant_o,
  output logic [35:0] head_limit_o,
  // A beat came with an error, and the first word of those that did.
  output logic        failed_o,
  output logic [3:0]  failed_word_o,
  // Reserved bits are set; the shift is out of range.
  output logic        reserved_o,
  output logic        shift_o,
  // Misaligned: K's base, V's base, an offset, query, its stride, bias, its stride, result, its
  // stride; lowest bit first.
  output logic [8:0]  odd_o
);

  localparam logic [31:0] GranBits = 32'(Gran - 1);

  logic [4:0] count_q, count_q2;
  logic [3:0] at;
  logic       word_q;

  assign at = count_q[3:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q  <= '0;
      count_q2 <= '0;
      word_q   <= 1'b0;
    end else begin
      if (begin_i) count_q <= '0;
      else if (word_i) count_q <= count_q + 5'd1;
      count_q2 <= begin_i ? 5'd0 : count_q;
      word_q   <= word_i;
    end
  end

  logic [63:0] k_base_q, v_base_q, query_q, bias_q, result_q;
  logic [95:0] k_offset_q, v_offset_q;
  logic [31:0] query_stride_q, bias_stride_q, result_stride_q;
  logic [7:0]  pre_shift_q;
  logic [15:0] mant_q;
  logic [35:0] head_limit_q;

  always_ff @(posedge clk_i) begin
    if (word_i) begin
      case (at)
        4'd0: k_base_q <= data_i;
        4'd1: v_base_q <= data_i;
        4'd2: k_offset_q[63:0] <= data_i;
        4'd3: {v_offset_q[31:0], k_offset_q[95:64]} <= data_i;
        4'd4: v_offset_q[95:32] <= data_i;
        4'd5: if (!append_i) query_q <= data_i;
        4'd6: {bias_stride_q, query_stride_q} <= data_i;
        4'd7: if (!append_i) bias_q <= data_i;
        4'd8: result_q <= data_i;
        4'd9: begin
          result_stride_q <= data_i[31:0];
          pre_shift_q     <= data_i[47:40];
          mant_q          <= data_i[63:48];
        end
        4'd10: head_limit_q <= data_i[35:0];
        4'd11: if (append_i) query_q <= data_i;
        4'd12: if (append_i) bias_q <= data_i;
        default: ;
      endcase
    end
  end

  // Which bits of a word are set that must not be: by quarters, in the next cycle together.
  logic [63:0] zero;
  logic [3:0]  set_q;
  logic        failed_q, reserved_q;
  logic [3:0]  failed_word_q;

  always_comb begin
    zero = '0;
    case (at)
      4'd2: zero = {{32{KCount < 2}}, 32'd0};
      4'd3: zero = {32'd0, {32{KCount < 3}}};
      4'd4: zero = {{32{VCount < 3}}, {32{VCount < 2}}};
      4'd9: zero = {24'd0, 8'hff, 32'd0};
      4'd10: zero = append_i ? 64'd0 : {28'hfff_ffff, 36'd0};
      4'd13, 4'd14, 4'd15: zero = '1;
      default: ;
    endcase
  end

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 4; i++) set_q[i] <= |(data_i[16*i +: 16] & zero[16*i +: 16]);
    if (begin_i) begin
      failed_q   <= 1'b0;
      reserved_q <= 1'b0;
    end else begin
      if (word_i && bad_i) failed_q <= 1'b1;
      if (word_q && set_q != '0) reserved_q <= 1'b1;
    end
    if (word_i && bad_i && !failed_q) failed_word_q <= at;
  end

  // What is made of the fields alone.
  logic [8:0] odd_q;
  logic       shift_q;

  always_ff @(posedge clk_i) begin
    odd_q[0] <= k_base_q[11:0] != '0;
    odd_q[1] <= v_base_q[11:0] != '0;
    odd_q[2] <= ((k_offset_q[31:0] | k_offset_q[63:32] | k_offset_q[95:64] | v_offset_q[31:0] |
                  v_offset_q[63:32] | v_offset_q[95:64]) & GranBits) != '0;
    odd_q[3] <= append_i ? query_q[0] : query_q[2:0] != '0;
    odd_q[4] <= !append_i && query_stride_q[2:0] != '0;
    odd_q[5] <= append_i ? bias_q[0] : bias_i && bias_q[1:0] != '0;
    odd_q[6] <= !append_i && bias_i && bias_stride_q[1:0] != '0;
    odd_q[7] <= !append_i && result_q[2:0] != '0;
    odd_q[8] <= !append_i && result_stride_q[2:0] != '0;
    // -16 to 31 in eight bits.
    shift_q  <= !append_i && !(pre_shift_q[7:5] == 3'b000 || pre_shift_q[7:4] == 4'b1111);
  end

  assign loaded_o        = count_q;
  assign over_o          = count_q2 == 5'd16;
  assign k_base_o        = k_base_q;
  assign v_base_o        = v_base_q;
  assign k_offset_o      = k_offset_q;
  assign v_offset_o      = v_offset_q;
  assign query_o         = query_q;
  assign query_stride_o  = query_stride_q;
  assign bias_o          = bias_q;
  assign bias_stride_o   = bias_stride_q;
  assign result_o        = result_q;
  assign result_stride_o = result_stride_q;
  assign pre_shift_o     = pre_shift_q[5:0];
  assign mant_o          = mant_q;
  assign head_limit_o    = head_limit_q;
  assign failed_o        = failed_q;
  assign failed_word_o   = failed_word_q;
  assign reserved_o      = reserved_q;
  assign shift_o         = shift_q;
  assign odd_o           = odd_q;

endmodule

`default_nettype wire
