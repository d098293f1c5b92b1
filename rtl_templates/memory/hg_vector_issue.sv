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

  // What follows the piece begins a chunk.
  logic [FirstW-1:0] left_next;
  if (Chunk == 1) begin : gen_single
    assign left_next = left_first_q + FirstW'(1);
  end else begin : gen_chunk
    assign left_next = {left_first_q[FirstW-1:LogChunk] + (FirstW - LogChunk)'(1),
                        {LogChunk{1'b0}}};
  end

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
      left_first_q   <= left_next;
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
  logic [7:0]         sum_len_q;
  logic               port_ready;
  logic [1:0]         unused_port;

  // The lower half in carry-save form, so that one adder remains.
  logic [HalfW+1:0] far, once, twice, low;
  logic [HalfW-1:0] high, high_sum;
  assign far   = (HalfW + 2)'(burst_first_q[FirstW-1 -: FarW]);
  assign once  = {2'b0, burst_base_q[HalfW-1:0] ^ origin_i[HalfW-1:0]} ^ far;
  assign twice = {1'b0, (burst_base_q[HalfW-1:0] & origin_i[HalfW-1:0])
                        | (burst_base_q[HalfW-1:0] & far[HalfW-1:0])
                        | (origin_i[HalfW-1:0] & far[HalfW-1:0]), 1'b0};
  hg_vector_add #(
    .Width (HalfW + 2)
  ) u_low (
    .a_i   (once),
    .b_i   (twice),
    .sum_o (low)
  );
  hg_vector_add #(
    .Width (HalfW)
  ) u_high (
    .a_i   (burst_base_q[51:HalfW]),
    .b_i   (origin_i[51:HalfW]),
    .sum_o (high_sum)
  );
  hg_vector_add #(
    .Width (HalfW)
  ) u_carry (
    .a_i   (sum_high_q),
    .b_i   (HalfW'(sum_low_q[HalfW+1:HalfW])),
    .sum_o (high)
  );

  assign sum_ready = !sum_valid_q || port_ready;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sum_valid_q <= 1'b0;
    else if (sum_ready) sum_valid_q <= burst_go;
  end

  always_ff @(posedge clk_i) begin
    if (sum_ready) begin
      sum_low_q  <= low;
      sum_high_q <= high_sum;
      sum_beat_q <= burst_first_q[LogPage-1:0];
      sum_len_q  <= 8'(burst_len_q) - 8'd1;
    end
  end

  // Ready of the port ends here.
  hg_fifo #(
    .Width        (72),
    .DepthEntries (2)
  ) u_port (
    .clk_i,
    .rst_ni,
    .in_valid_i  (sum_valid_q),
    .in_ready_o  (port_ready),
    .in_data_i   ({sum_len_q, high, sum_low_q[HalfW-1:0], sum_beat_q, {(12 - LogPage){1'b0}}}),
    .out_valid_o (ar_valid_o),
    .out_ready_i (ar_ready_i),
    .out_data_o  ({ar_len_o, ar_addr_o}),
    .used_o      (unused_port)
  );

  assign bursts_o   = bursts_q;
  assign busy_o     = bursts_q != '0;

`ifdef HG_FORMAL
  // The rules of the address channel, for a read buffer that gives back what was bespoken and
  // bursts that end only after they were asked for. `f_asked_q` beats were asked for and not given
  // back.
  logic              f_seen_q, f_waits_q;
  logic [63:0]       f_addr_q;
  logic [7:0]        f_len_q;
  logic [CountW:0]   f_asked_q, f_bursts_q;
  // What follows the fragment before.
  logic              f_some_q;
  logic [51:0]       f_base_q;
  logic [FirstW-1:0] f_next_q;
  wire               f_ask   = ar_valid_o && ar_ready_i;
  wire [12:0]        f_first = {1'b0, ar_addr_o[11:0]};
  wire [12:0]        f_bytes = 13'(ar_len_o + 9'd1) << $clog2(DataW / 8);

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    // A burst in flight has a beat that has not come, let alone gone.
    if (freed_i) assume (f_asked_q > f_bursts_q);
    if (ended_i) assume (f_bursts_q != '0);
    if (in_valid_i) assume (in_beats_i != '0);
    if (in_valid_i && in_follows_i) begin
      assume (f_some_q && in_base_i == f_base_q && in_first_i == f_next_q);
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_waits_q  <= 1'b0;
      f_asked_q  <= '0;
      f_bursts_q <= '0;
      f_some_q   <= 1'b0;
    end else begin
      f_waits_q  <= ar_valid_o && !ar_ready_i;
      if (in_valid_i && in_ready_o) begin
        f_some_q <= 1'b1;
        f_base_q <= in_base_i;
        f_next_q <= in_first_i + FirstW'(in_beats_i);
      end
      f_addr_q   <= ar_addr_o;
      f_len_q    <= ar_len_o;
      f_asked_q  <= f_asked_q + (f_ask ? (CountW + 1)'(ar_len_o) + (CountW + 1)'(1) : '0)
                    - (CountW + 1)'(freed_i);
      f_bursts_q <= f_bursts_q + (CountW + 1)'(f_ask) - (CountW + 1)'(ended_i);
    end
    if (rst_ni) begin
      // Valid and payload stay.
      if (f_waits_q) assert (ar_valid_o && ar_addr_o == f_addr_q && ar_len_o == f_len_q);
      // Whole beats, within a page, no longer than a chunk and within one.
      if (ar_valid_o) begin
        assert (f_first + f_bytes <= 13'd4096);
        assert (ar_len_o < Chunk);
        assert (ar_addr_o[11:0] % (DataW / 8) == 0);
      end
      // Never more than the read buffer holds, and none from nowhere.
      assert (f_asked_q <= Beats && room_q <= Beats);
      assert (32'(f_asked_q) + 32'(room_q) <= Beats);
      assert (f_bursts_q <= bursts_q && bursts_q <= f_bursts_q + 3);
      assert (busy_o == (bursts_q != '0));
      // No burst begins while it is stopped.
      if (stop_i) assert (!burst_go);
      cover (f_ask && ar_len_o == 8'(Chunk - 1));
    end
  end
`endif

endmodule

`default_nettype wire
