// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Asks for beats in bursts, as long as there is room for them.
///
/// Beats are cut at multiples of `Chunk` beats, so that no burst is longer than that or crosses a
/// page. A burst waits in a register until the address port is free, and takes up what follows it.
/// It waits longer only where at least half of the read buffer is bespoken and more is at hand.
/// Room for all beats of a burst is bespoken before it is asked for. `stop_i` keeps bursts from
/// beginning; `busy_o` says that some have begun and not ended.
module hg_vector_issue #(
  /// Bits of a beat.
  parameter int DataW = 512,
  /// Most beats of a burst, a power of two that divides a page of 4 KiB.
  parameter int Chunk = 16,
  /// Beats that the read buffer holds, at least 2 * Chunk.
  parameter int Beats = 64,
  /// Bits of a count of beats of a fragment.
  parameter int BeatsW = 2,
  /// Derived: bits of a beat's number.
  localparam int FirstW = 32 - $clog2(DataW / 8),
  /// Derived: bits of a count of bursts.
  localparam int CountW = hg_pkg::cnt_width(Beats)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              stop_i,
  // Where the channel begins, in pages.
  input  logic [51:0]       origin_i,
  // Beats of a fragment.
  input  logic              in_valid_i,
  output logic              in_ready_o,
  input  logic [51:0]       in_base_i,
  input  logic [FirstW-1:0] in_first_i,
  input  logic [BeatsW-1:0] in_beats_i,
  input  logic              in_follows_i,
  // A word of the read buffer is free again, and a burst has ended.
  input  logic              freed_i,
  input  logic              ended_i,
  output logic [CountW-1:0] bursts_o,
  output logic              busy_o,
  // The address port.
  output logic              ar_valid_o,
  input  logic              ar_ready_i,
  output logic [63:0]       ar_addr_o,
  output logic [7:0]        ar_len_o
);

  localparam int LogChunk = $clog2(Chunk);
  localparam int LogPage  = 12 - $clog2(DataW / 8);
  localparam int LenW     = LogChunk + 1;
  localparam int SumW     = ((BeatsW > LenW) ? BeatsW : LenW) + 1;
  localparam int ItemW    = 52 + FirstW + BeatsW + 1;
  // Halves of an address in pages, and what a distance from the base adds to the lower one.
  localparam int HalfW    = 26;
  localparam int FarW     = FirstW - LogPage;

  if (2 ** LogChunk != Chunk || LogChunk > LogPage || Beats < 2 * Chunk) begin : gen_illegal
    ERROR_hg_vector_issue_Chunk_must_divide_a_page_and_twice_fit_in_Beats u_illegal ();
  end

  logic              queue_valid, queue_ready;
  logic [ItemW-1:0]  queue_item;
  logic [1:0]        unused_used;

  hg_fifo #(
    .Width        (ItemW),
    .DepthEntries (2)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_data_i   ({in_base_i, in_first_i, in_beats_i, in_follows_i}),
    .out_valid_o (queue_valid),
    .out_ready_i (queue_ready),
    .out_data_o  (queue_item),
    .used_o      (unused_used)
  );

  // What is left of the fragment in front, and the piece of it that ends with a chunk.
  logic              left_valid_q, left_follows_q, last_piece, take, merges;
  logic [51:0]       left_base_q;
  logic [FirstW-1:0] left_first_q;
  logic [BeatsW-1:0] left_beats_q;
  logic [SumW-1:0]   start, sum;
  logic [LenW-1:0]   piece;

  assign start       = SumW'(left_first_q) & SumW'(Chunk - 1);
  assign sum         = start + SumW'(left_beats_q);
  assign last_piece  = sum <= SumW'(Chunk);
  assign piece       = last_piece ? LenW'(left_beats_q) : LenW'(Chunk) - LenW'(start);
  assign queue_ready = !left_valid_q || (take && last_piece);

  // The burst that waits. It is merged with what follows unless that begins a chunk.
  logic              burst_valid_q, burst_go, room, half, joins;
  logic [51:0]       burst_base_q;
  logic [FirstW-1:0] burst_first_q;
  logic [LenW-1:0]   burst_len_q;
  logic [CountW-1:0] room_q, bursts_q;
  logic              sum_valid_q, sum_ready;

  assign room     = room_q >= CountW'(Chunk);
  assign half     = room_q < CountW'((Beats + 1) / 2);
  assign joins    = left_valid_q && room && burst_valid_q && left_follows_q && start != '0;
  assign burst_go = burst_valid_q && sum_ready && !stop_i && !(half && joins);
  assign merges   = joins && !burst_go;
  assign take     = left_valid_q && room && (!burst_valid_q || burst_go || merges);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_valid_q  <= 1'b0;
      burst_valid_q <= 1'b0;
      room_q        <= CountW'(Beats);
      bursts_q      <= '0;
    end else begin
      if (queue_ready) left_valid_q <= queue_valid;
      if (take) burst_valid_q <= 1'b1;
      else if (burst_go) burst_valid_q <= 1'b0;
      room_q   <= room_q - (take ? CountW'(piece) : '0) + CountW'(freed_i);
      bursts_q <= bursts_q + CountW'(burst_go) - CountW'(ended_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (queue_ready) begin
      {left_base_q, left_first_q, left_beats_q, left_follows_q} <= queue_item;
    end else if (take) begin
      left_first_q   <= left_first_q + FirstW'(piece);
      left_beats_q   <= left_beats_q - BeatsW'(piece);
      left_follows_q <= 1'b1;
    end
    if (take && !merges) begin
      burst_base_q  <= left_base_q;
      burst_first_q <= left_first_q;
      burst_len_q   <= piece;
    end else if (merges) begin
      burst_len_q <= burst_len_q + piece;
    end
  end

  // The address: base, channel and distance, the lower half of the pages first.
  logic [HalfW+1:0]   sum_low_q;
  logic [HalfW-1:0]   sum_high_q;
  logic [LogPage-1:0] sum_beat_q;
  logic [7:0]         sum_len_q, ar_len_q;
  logic               ar_valid_q;
  logic [63:0]        ar_addr_q;

  assign sum_ready = !sum_valid_q || !ar_valid_q || ar_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_valid_q <= 1'b0;
      ar_valid_q  <= 1'b0;
    end else begin
      if (sum_ready) sum_valid_q <= burst_go;
      if (!ar_valid_q || ar_ready_i) ar_valid_q <= sum_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (sum_ready) begin
      sum_low_q  <= {2'b0, burst_base_q[HalfW-1:0]} + {2'b0, origin_i[HalfW-1:0]}
                    + (HalfW + 2)'(burst_first_q[FirstW-1 -: FarW]);
      sum_high_q <= burst_base_q[51:HalfW] + origin_i[51:HalfW];
      sum_beat_q <= burst_first_q[LogPage-1:0];
      sum_len_q  <= 8'(burst_len_q) - 8'd1;
    end
    if (!ar_valid_q || ar_ready_i) begin
      ar_addr_q <= {sum_high_q + HalfW'(sum_low_q[HalfW+1:HalfW]), sum_low_q[HalfW-1:0],
                    sum_beat_q, {(12 - LogPage){1'b0}}};
      ar_len_q  <= sum_len_q;
    end
  end

  assign ar_valid_o = ar_valid_q;
  assign ar_addr_o  = ar_addr_q;
  assign ar_len_o   = ar_len_q;
  assign bursts_o   = bursts_q;
  assign busy_o     = bursts_q != '0;

endmodule

`default_nettype wire
