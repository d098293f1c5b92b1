// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Reads head records ahead, for hg_attention_dispatch.
///
/// While `go_i` is set, `count_i` records are asked for one after the other: record i has number
/// `number_i`, which belongs to `index_o` in the cycle before, and lies 128 bytes times its number
/// behind `base_i`, a multiple of 128. Its address is made 16 bits per cycle and compared with the
/// window on the way. One burst reads a record; it is asked for only when the buffer has room for
/// it, so that `mem_rready_o` is always set.
///
/// `rec_*` names the records in order: `rec_outside_o` says that one does not lie in the window,
/// and then nothing is read of it and none follows. Of any other the words come on `word_*`, 16 of
/// 64 bits, each with what was wrong with its beat.
///
/// `locate_i` asks for the address of record `locate_number_i`, while `go_i` is low; it is on
/// `addr_o` when `located_o` is set.
module hg_dispatch_fetch #(
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Records that have room: a power of two, 1 to 8.
  parameter int Records = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             go_i,
  input  logic [63:0]      base_i,
  input  logic [8:0]       count_i,
  output logic [7:0]       index_o,
  input  logic [7:0]       number_i,
  input  logic             locate_i,
  input  logic [7:0]       locate_number_i,
  output logic             located_o,
  output logic [63:0]      addr_o,
  input  logic [63:0]      window_base_i,
  input  logic [63:0]      window_end_i,
  input  logic [2:0]       axprot_i,
  input  logic [3:0]       axcache_i,
  output logic             rec_valid_o,
  input  logic             rec_ready_i,
  output logic [7:0]       rec_number_o,
  output logic             rec_outside_o,
  output logic             word_valid_o,
  input  logic             word_ready_i,
  output logic [63:0]      word_data_o,
  output logic             word_bad_o,
  // The room of a record is free again.
  input  logic             free_i,
  // Nothing is in flight or waits.
  output logic             idle_o,
  output logic             mem_arvalid_o,
  input  logic             mem_arready_i,
  output logic [63:0]      mem_araddr_o,
  output logic [7:0]       mem_arlen_o,
  output logic [2:0]       mem_arsize_o,
  output logic [2:0]       mem_arprot_o,
  output logic [3:0]       mem_arcache_o,
  input  logic             mem_rvalid_i,
  output logic             mem_rready_o,
  input  logic [DataW-1:0] mem_rdata_i,
  input  logic [1:0]       mem_rresp_i
);

  localparam int Beats = 1024 / DataW;
  localparam int PtrW  = $clog2(Records * Beats);
  localparam int Parts = DataW / 64;
  localparam int PartW = hg_pkg::idx_width(Parts);
  localparam int UsedW = hg_pkg::cnt_width(Records);

  typedef enum logic [2:0] {Rest, Look, Add, Judge, Ask, Found} state_e;
  state_e state_d, state_q;

  logic [8:0]       asked_q;
  logic [UsedW-1:0] used_q;
  logic [3:0]       hot_q;
  logic [7:0]       number_q;
  logic             finding_q, carry_q, below_q, under_q, stuck_q;
  logic [63:0]      addr_q;
  logic [2:0]       arprot_q;
  logic [3:0]       arcache_q;
  logic             push, outside, ask, start, arvalid_q, rec_room;
  logic [7:0]       len;

  // The digits of base, window and sum; the highest number puts 15 bits into the lowest digit.
  logic [15:0] base_digit, low_digit, high_digit, far_digit, add_digit;
  logic [16:0] sum, low_diff, high_diff;

  hg_dispatch_digit u_base (
    .hot_i   (hot_q),
    .word_i  (base_i),
    .digit_o (base_digit)
  );

  hg_dispatch_digit u_low (
    .hot_i   (hot_q),
    .word_i  (window_base_i),
    .digit_o (low_digit)
  );

  hg_dispatch_digit u_high (
    .hot_i   (hot_q),
    .word_i  (window_end_i),
    .digit_o (high_digit)
  );

  assign add_digit  = hot_q[0] ? {1'b0, number_q, 7'd0} : 16'd0;
  assign sum        = {1'b0, base_digit} + {1'b0, add_digit} + 17'(carry_q);
  // The last byte of a record has all of its low bits set.
  assign far_digit  = hot_q[0] ? {sum[15:7], 7'h7f} : sum[15:0];
  assign low_diff   = {1'b0, sum[15:0]} - {1'b0, low_digit} - 17'(below_q);
  assign high_diff  = {1'b0, far_digit} - {1'b0, high_digit} - 17'(under_q);

  // The carry out of the last digit, a place below the window, or a last byte not below its end.
  assign outside = carry_q || below_q || !under_q;
  assign start   = go_i && !stuck_q && asked_q != count_i && used_q != UsedW'(Records) && rec_room;

  logic last;
  assign last = hot_q[3];

  always_comb begin
    state_d = state_q;
    case (state_q)
      Rest: begin
        if (start) state_d = Look;
        else if (locate_i) state_d = Look;
      end
      Look:    state_d = Add;
      Add: begin
        if (last && finding_q) state_d = Found;
        else if (last) state_d = Judge;
      end
      Judge: begin
        if (outside) state_d = Rest;
        else state_d = Ask;
      end
      Ask:     if (mem_arready_i) state_d = Rest;
      Found:   if (!locate_i) state_d = Rest;
      default: state_d = Rest;
    endcase
  end

  assign ask  = state_q == Judge && !outside;
  assign push = state_q == Judge;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Rest;
      asked_q   <= '0;
      used_q    <= '0;
      stuck_q   <= 1'b0;
      arvalid_q <= 1'b0;
      finding_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (!go_i && state_q == Rest) asked_q <= '0;
      else if (push) asked_q <= asked_q + 9'd1;
      used_q  <= used_q + UsedW'(push) - UsedW'(free_i);
      // Behind a record outside of the window none is asked for.
      stuck_q <= (stuck_q || (push && outside)) && go_i;
      if (ask) arvalid_q <= 1'b1;
      else if (mem_arready_i) arvalid_q <= 1'b0;
      if (state_q == Rest) finding_q <= !start;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Look) begin
      number_q <= finding_q ? locate_number_i : number_i;
      hot_q    <= 4'b0001;
      carry_q  <= 1'b0;
      below_q  <= 1'b0;
      under_q  <= 1'b0;
    end
    if (state_q == Add) begin
      hot_q   <= {hot_q[2:0], hot_q[3]};
      carry_q <= sum[16];
      below_q <= low_diff[16];
      under_q <= high_diff[16];
      addr_q  <= {sum[15:0], addr_q[63:16]};
    end
    if (ask) begin
      arprot_q  <= axprot_i;
      arcache_q <= axcache_i;
    end
  end

  assign index_o       = asked_q[7:0];
  assign located_o     = state_q == Found;
  assign addr_o        = addr_q;
  assign mem_arvalid_o = arvalid_q;
  assign mem_araddr_o  = addr_q;
  assign len           = 8'(Beats - 1);
  assign mem_arlen_o   = len;
  assign mem_arsize_o  = 3'($clog2(DataW / 8));
  assign mem_arprot_o  = arprot_q;
  assign mem_arcache_o = arcache_q;
  assign mem_rready_o  = 1'b1;

  // The records in their order.
  logic [UsedW-1:0] unused_count;

  hg_fifo #(
    .Width        (9),
    .DepthEntries (Records)
  ) u_order (
    .clk_i,
    .rst_ni,
    .in_valid_i  (push),
    .in_ready_o  (rec_room),
    .in_data_i   ({number_q, outside}),
    .out_valid_o (rec_valid_o),
    .out_ready_i (rec_ready_i),
    .out_data_o  ({rec_number_o, rec_outside_o}),
    .used_o      (unused_count)
  );

  // Their beats, which leave in words of 64 bits: one lies at the output of the memory.
  logic [PtrW-1:0]  wr_q, rd_q;
  logic [PtrW:0]    there_q;
  logic             beat_valid_q, beat_ready, read;
  logic [DataW-1:0] beat_data;
  logic [PartW-1:0] part;

  assign read = there_q != '0 && (!beat_valid_q || beat_ready);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q       <= '0;
      rd_q       <= '0;
      there_q    <= '0;
      beat_valid_q <= 1'b0;
    end else begin
      wr_q       <= wr_q + PtrW'(mem_rvalid_i);
      rd_q       <= rd_q + PtrW'(read);
      there_q    <= there_q + (PtrW + 1)'(mem_rvalid_i) - (PtrW + 1)'(read);
      beat_valid_q <= read || (beat_valid_q && !beat_ready);
    end
  end

  hg_ram_1r1w #(
    .Width        (DataW + 1),
    .DepthEntries (Records * Beats)
  ) u_beats (
    .clk_i,
    .wr_en_i   (mem_rvalid_i),
    .wr_addr_i (wr_q),
    .wr_data_i ({mem_rresp_i != 2'd0, mem_rdata_i}),
    .rd_en_i   (read),
    .rd_addr_i (rd_q),
    .rd_data_o ({word_bad_o, beat_data})
  );

  if (Parts == 1) begin : gen_whole
    assign part       = '0;
    assign beat_ready = word_ready_i;
  end else begin : gen_parts
    logic [PartW-1:0] part_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) part_q <= '0;
      else if (beat_valid_q && word_ready_i) part_q <= part_q + PartW'(1);
    end
    assign part       = part_q;
    assign beat_ready = word_ready_i && part_q == PartW'(Parts - 1);
  end

  logic unused_bits;
  assign unused_bits = &{low_diff[15:0], high_diff[15:0], unused_count};

  assign word_valid_o = beat_valid_q;
  assign word_data_o  = beat_data[64*part +: 64];
  assign idle_o       = state_q == Rest && used_q == '0;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (mem_rvalid_i && there_q == (PtrW + 1)'(Records * Beats)) begin
      $error("%m: a beat that was not asked for");
    end
  end
`endif
`endif

`ifdef HG_FORMAL
  // The memory sends no beat that was not asked for, and whoever takes records frees their room.
  logic        f_seen_q, f_stalled_q;
  logic [63:0] f_addr_q, f_base_q, f_low_q, f_high_q;
  logic [7:0]  f_due_q, f_words_q, f_recs_q, f_room_q;
  wire         f_ask  = mem_arvalid_o && mem_arready_i;
  wire         f_word = word_valid_o && word_ready_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  always_comb begin
    assume (rst_ni == f_seen_q);
    if (f_due_q == '0) assume (!mem_rvalid_i);
    // Room is freed for what has been taken only.
    if (f_room_q == '0) assume (!free_i);
    assume (base_i[6:0] == '0);
    if (f_seen_q) begin
      assume (base_i == f_base_q && window_base_i == f_low_q && window_end_i == f_high_q);
    end
    assume (!(go_i && locate_i));
  end

  always @(posedge clk_i) begin
    f_addr_q <= mem_araddr_o;
    f_base_q <= base_i;
    f_low_q  <= window_base_i;
    f_high_q <= window_end_i;
    if (!rst_ni) begin
      f_stalled_q <= 1'b0;
      f_due_q     <= '0;
      f_words_q   <= '0;
      f_recs_q    <= '0;
      f_room_q    <= '0;
    end else begin
      f_stalled_q <= mem_arvalid_o && !mem_arready_i;
      f_due_q     <= f_due_q + (f_ask ? 8'(Beats) : 8'd0) - 8'(mem_rvalid_i);
      // Words of the record that is being taken; a whole one, or one outside, frees its room.
      f_words_q   <= f_words_q + 8'(f_word);
      if (f_word && f_words_q == 8'd15) f_words_q <= '0;
      f_room_q    <= f_room_q + 8'(f_word && f_words_q == 8'd15) +
                     8'(rec_valid_o && rec_ready_i && rec_outside_o) - 8'(free_i);
      // An address stays, is that of a record, and all of the record lies in the window.
      if (f_stalled_q) assert (mem_arvalid_o && mem_araddr_o == f_addr_q);
      if (mem_arvalid_o) begin
        assert (mem_araddr_o[6:0] == '0 && 32'(mem_arlen_o) == Beats - 1);
        assert (mem_araddr_o >= window_base_i && mem_araddr_o < window_end_i);
        assert ((mem_araddr_o | 64'd127) < window_end_i);
      end
      // What was asked for has room.
      assert (32'(f_due_q) + 32'(there_q) + 32'(beat_valid_q) <= Records * Beats + 1);
      assert (32'(f_due_q) + 32'(there_q) <= Records * Beats);
      assert (mem_rready_o);
      cover (f_due_q != '0 && f_word && rec_valid_o && rec_outside_o);
    end
  end
`endif

endmodule

`default_nettype wire
