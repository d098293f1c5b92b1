// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges the fields of a descriptor, but for the ranges of addresses in it, and works out what its
/// jobs have in common, for hg_attention_dispatch.
///
/// It works for 16 cycles from `start_i` on, while the descriptor stays; `over_o` is set when all
/// outputs are there, until the next start. The codes are those of golden::command.
module hg_dispatch_judge #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Channels of the vector reader: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Most heads of cascade pruning, 0 to 256.
  parameter int MaxHeads = 0,
  /// 1 if tokens can be appended, otherwise 0.
  parameter int Append = 0,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: planes of K.
  localparam int KCount = hg_vector_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_vector_pkg::count(VPlanes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 start_i,
  input  logic [511:0]         desc_i,
  // Entries of the token list, and heads that cascade pruning left.
  input  logic [TokW-1:0]      entries_i,
  input  logic [8:0]           left_heads_i,
  output logic                 over_o,
  // The code of what is wrong before ranges are looked at, that of what comes behind, and an
  // address that is misaligned; 0 if nothing is.
  output logic [7:0]           early_o,
  output logic [7:0]           late_o,
  output logic [1:0]           odd_o,
  // Of cascade: whether the addresses at 32 and at 40 are not 0.
  output logic [1:0]           wanted_o,
  // Of cascade: what hg_cascade would say of a number that it cannot be told.
  output logic [2:0]           refused_o,
  // The number of records, keys of a job, whether its queries come with biases, the number of the
  // last query with its highest bit on top, and how many bits it has.
  output logic [8:0]           heads_o,
  output logic [TokW-1:0]      keys_o,
  output logic                 biased_o,
  output logic [11:0]          rows_o,
  output logic [3:0]           bits_o,
  // Bytes of each plane of K and V that are used.
  output logic [KCount*24-1:0] k_size_o,
  output logic [VCount*24-1:0] v_size_o
);

  localparam int ChanW = $clog2(Channels);
  // Bytes from a token's vector of a plane to that of the next token of its channel.
  localparam logic [127:0] Strides = hg_vector_pkg::strides(DHead, KPlanes, VPlanes, VLayout, 1);
  // Halves of 16 bits that must be 0, by operation.
  localparam logic [31:0] ZeroAttention = 32'hff00_0000;
  localparam logic [31:0] ZeroList      = 32'hffff_e002;
  localparam logic [31:0] ZeroCascade   = 32'hff00_e000;
  localparam logic [31:0] ZeroAppend    = 32'hffff_c002;

  // Bit n: n planes can be fetched.
  localparam logic [3:0] KLegal = 4'(2 ** (KCount + 1) - 2);
  localparam logic [3:0] VLegal = 4'(2 ** (VCount + 1) - 2);

  logic [3:0]  count_q;
  logic        busy_q, over_q;
  logic [7:0]  op, flags;
  logic [15:0] op_flags;
  logic        attention, list, cascade, append;

  assign op        = desc_i[7:0];
  assign flags     = desc_i[15:8];
  assign op_flags  = desc_i[31:16];
  assign attention = op == 8'd1;
  assign list      = op == 8'd2;
  assign cascade   = op == 8'd3 && MaxHeads != 0;
  assign append    = op == 8'd4 && Append != 0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= 4'd0;
      busy_q  <= 1'b0;
      over_q  <= 1'b0;
    end else begin
      if (start_i) count_q <= 4'd0;
      else if (busy_q && count_q != 4'd15) count_q <= count_q + 4'd1;
      busy_q <= start_i || (busy_q && count_q != 4'd15);
      over_q <= !start_i && (over_q || (busy_q && count_q == 4'd15));
    end
  end

  // Which halves are not 0, and what follows from single fields.
  logic [31:0] set_q, zero;
  logic        reserved_q, wide_q, extra_q, heads_bad_q, keys_bad_q, queries_bad_q, list_bad_q;
  logic        token_bad_q, refused_q, k_zero_q, tokens_big_q, heads_big_q, list_short_q;
  logic [1:0]  odd_q;
  logic [TokW-1:0] keys_q;
  logic [15:0] half12, half13, half14, half15, half19, half8, half9;

  assign half8  = desc_i[143:128];
  assign half9  = desc_i[159:144];
  assign half12 = desc_i[207:192];
  assign half13 = desc_i[223:208];
  assign half14 = desc_i[239:224];
  assign half15 = desc_i[255:240];
  assign half19 = desc_i[319:304];

  logic heads_left, tokens_left;
  assign heads_left  = attention && op_flags[4];
  assign tokens_left = attention && op_flags[5];

  always_comb begin
    zero = ZeroAttention;
    if (list) zero = ZeroList;
    if (cascade) zero = ZeroCascade;
    if (append) zero = ZeroAppend;
    // Heads and keys that come from elsewhere.
    if (heads_left) zero = zero | (32'd1 << 12);
    if (tokens_left) zero = zero | (32'd1 << 13);
  end

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 32; i++) set_q[i] <= desc_i[16*i +: 16] != '0;
    // Bits beyond those of a field.
    wide_q <= attention && ((op_flags[15:6] != '0) || (desc_i[303:296] != '0) ||
              (desc_i[263:258] != '0) || (desc_i[271:266] != '0) || (desc_i[279:274] != '0) ||
              (desc_i[287:282] != '0) || (desc_i[295:290] != '0) || (desc_i[351:337] != '0) ||
              (desc_i[383:372] != '0));
    extra_q <= (flags[7:2] != '0) || (cascade && op_flags[15:2] != '0) ||
               (attention && op_flags[4] && MaxHeads == 0) ||
               (attention && op_flags[5] && !op_flags[3]);
    reserved_q <= wide_q || extra_q || ((set_q & zero) != '0);
    heads_bad_q <= (attention && op_flags[4]) ? left_heads_i == '0
                   : half12 == '0 || half12 > 16'd256;
    list_short_q <= attention && op_flags[3] && !op_flags[5] && half13 > 16'(entries_i);
    keys_bad_q <= list_short_q || half14 > 16'(MaxTokens) || half19 > 16'(MaxTokens) ||
                  (!op_flags[5] && (half13 == '0 || half13 > 16'(MaxTokens)));
    queries_bad_q <= half15 == '0 || half15 > 16'd4096;
    list_bad_q    <= half12 == '0 || half12 > 16'(MaxTokens);
    token_bad_q   <= half13 >= 16'(MaxTokens);
    tokens_big_q  <= op_flags[1:0] == 2'd0 && half8 > 16'(MaxTokens);
    heads_big_q   <= op_flags[1:0] == 2'd0 && half9 > 16'(MaxHeads) && half8 != '0;
    // Alignment of the address at 16, and of the one at 40.
    odd_q[0] <= (attention || append) ? desc_i[134:128] != '0
                : list ? desc_i[130:128] != '0 : desc_i[258:256] != '0;
    odd_q[1] <= cascade && desc_i[322:320] != '0;
    // What the core will refuse: it takes no biases then.
    k_zero_q  <= desc_i[289:288] == 2'd1 && half19 == '0;
    refused_q <= k_zero_q || keys_q == '0 || desc_i[257:256] == 2'd0 ||
                 desc_i[265:264] < desc_i[257:256] || !KLegal[desc_i[265:264]] ||
                 !VLegal[desc_i[273:272]] ||
                 desc_i[281:280] == 2'd3 || desc_i[289:288] == 2'd3 ||
                 desc_i[336:320] > 17'd65536;
  end

  // Keys of a job, the tokens that it may touch, and their places in a channel.
  logic [TokW:0]   tokens_q;
  logic [12:0]     places_q;
  logic [8:0]      heads_q;

  always_ff @(posedge clk_i) begin
    keys_q  <= op_flags[5] ? entries_i : half13[TokW-1:0];
    heads_q <= (attention && op_flags[4]) ? left_heads_i : half12[8:0];
    if (append) tokens_q <= (TokW + 1)'(half13[TokW-1:0]) + (TokW + 1)'(1);
    else if (op_flags[3]) tokens_q <= (TokW + 1)'(MaxTokens);
    else tokens_q <= (TokW + 1)'(keys_q);
  end

  // In cycles 3 to 15 places are multiplied by what a token takes, highest bit first.
  always_ff @(posedge clk_i) begin
    if (count_q == 4'd2) places_q <= 13'((32'(tokens_q) + Channels - 1) >> ChanW);
    else places_q <= {places_q[11:0], 1'b0};
  end

  for (genvar p = 0; p < KCount + VCount; p++) begin : gen_plane
    localparam int Field = (p < KCount) ? p : 4 + p - KCount;
    logic [23:0] size_q;
    always_ff @(posedge clk_i) begin
      if (start_i || count_q == 4'd2) size_q <= '0;
      else if (busy_q) begin
        size_q <= {size_q[22:0], 1'b0} + (places_q[12] ? 24'(Strides[16*Field +: 16]) : '0);
      end
    end
    if (p < KCount) begin : gen_k
      assign k_size_o[24*p +: 24] = size_q;
    end else begin : gen_v
      assign v_size_o[24*(p-KCount) +: 24] = size_q;
    end
  end

  // The number of the last query, shifted until its highest bit is on top.
  logic [11:0] rows_q;
  logic [3:0]  bits_q;

  always_ff @(posedge clk_i) begin
    if (start_i || count_q == 4'd0) begin
      rows_q <= 12'(half15 - 16'd1);
      bits_q <= 4'd12;
    end else if (busy_q && !rows_q[11] && bits_q != 4'd0) begin
      rows_q <= {rows_q[10:0], 1'b0};
      bits_q <= bits_q - 4'd1;
    end
  end

  // Assignments: with an `always_comb` here Icarus 11 stands still, in a loop without time.
  logic       heads_wrong;
  logic [7:0] late_attention, late_append;

  assign heads_wrong    = (attention || append) && heads_bad_q;
  assign late_attention = keys_bad_q ? 8'd22 : queries_bad_q ? 8'd23 : 8'd0;
  assign late_append    = token_bad_q ? 8'd22 : 8'd0;

  assign early_o   = !(attention || list || cascade || append) ? 8'd17 : reserved_q ? 8'd18
                     : (odd_q != '0) ? 8'd19 : 8'd0;
  assign late_o    = heads_wrong ? 8'd21 : attention ? late_attention
                     : (list && list_bad_q) ? 8'd26 : append ? late_append : 8'd0;
  assign refused_o = tokens_big_q ? 3'd2 : heads_big_q ? 3'd3 : 3'd0;

  assign over_o   = over_q;
  assign odd_o    = odd_q;
  assign wanted_o = {set_q[23:20] != '0, set_q[19:16] != '0};
  assign heads_o  = heads_q;
  assign keys_o   = keys_q;
  assign biased_o = op_flags[2] && !refused_q;
  assign rows_o   = append ? 12'd0 : rows_q;
  assign bits_o   = append ? 4'd0 : bits_q;

  logic unused_bits;
  assign unused_bits = &{desc_i[127:32], flags[1:0]};

endmodule

`default_nettype wire
