// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Ends descriptors: one answer at a time becomes an error, a completion record and an interrupt.
///
/// The answer is taken when the entry of its descriptor is there. Cycles are counted from
/// `entry_time_i` to the cycle in which the answer was taken. An error is raised first, so that
/// software that finds the record finds the error too; the record is one aligned burst; its
/// response is waited for, and raises an error of its own. Then `ends_o` and, where it is wanted,
/// `done_o` are set for a cycle.
module hg_ring_complete #(
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  /// Clock, rising edge.
  input  logic               clk_i,
  /// Asynchronous reset, active low.
  input  logic               rst_ni,
  /// AxPROT of a burst that begins.
  input  logic [2:0]         axprot_i,
  /// AxCACHE of a burst that begins.
  input  logic [3:0]         axcache_i,
  /// The time.
  input  logic [31:0]        time_i,
  /// The entry of the oldest descriptor is there; it stays until `ends_o`.
  input  logic               entry_valid_i,
  /// An interrupt is wanted.
  input  logic               entry_interrupt_i,
  /// A completion record is.
  input  logic               entry_record_i,
  /// Its address, bits 63 to 4.
  input  logic [63:4]        entry_completion_i,
  /// The first byte of the descriptor.
  input  logic [7:0]         entry_op_i,
  /// Its tag.
  input  logic [31:0]        entry_tag_i,
  /// Its index.
  input  logic [15:0]        entry_index_i,
  /// When it began.
  input  logic [31:0]        entry_time_i,
  /// The address of an error that has none of its own.
  input  logic [63:0]        entry_addr_i,
  /// A descriptor has been carried out.
  input  logic               done_valid_i,
  /// The answer is taken.
  output logic               done_ready_o,
  /// How it ended.
  input  logic [7:0]         done_code_i,
  /// The address of its error, or 0.
  input  logic [63:0]        done_addr_i,
  /// What is counted of it.
  input  logic [31:0]        done_count_i,
  /// The descriptor has ended.
  output logic               ends_o,
  /// An interrupt is due.
  output logic               done_o,
  /// An error came.
  output logic               raise_o,
  /// Its code.
  output logic [7:0]         raise_code_o,
  /// Its address.
  output logic [63:0]        raise_addr_o,
  /// The record is to be written.
  output logic               mem_awvalid_o,
  /// The memory takes its address.
  input  logic               mem_awready_i,
  /// Its address, a multiple of a beat's bytes or of 16.
  output logic [63:0]        mem_awaddr_o,
  /// Always 0.
  output logic [0:0]         mem_awid_o,
  /// Beats less one.
  output logic [7:0]         mem_awlen_o,
  /// A whole beat.
  output logic [2:0]         mem_awsize_o,
  /// Addresses go up.
  output logic [1:0]         mem_awburst_o,
  /// What `axprot_i` was.
  output logic [2:0]         mem_awprot_o,
  /// What `axcache_i` was.
  output logic [3:0]         mem_awcache_o,
  /// A beat of it is there.
  output logic               mem_wvalid_o,
  /// The memory takes it.
  input  logic               mem_wready_i,
  /// The record, in every 16 bytes of a beat.
  output logic [DataW-1:0]   mem_wdata_o,
  /// Its bytes.
  output logic [DataW/8-1:0] mem_wstrb_o,
  /// The last beat.
  output logic               mem_wlast_o,
  /// The memory has it.
  input  logic               mem_bvalid_i,
  /// Always set.
  output logic               mem_bready_o,
  /// Not read: there is one burst at a time.
  input  logic [0:0]         mem_bid_i,
  /// Whether that went well.
  input  logic [1:0]         mem_bresp_i
);

  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_ring_DataW_must_be_64_128_256_or_512 u_illegal ();
  end

  localparam logic [7:0] Write  = 8'd50;
  localparam int         Beats  = (DataW < 128) ? 2 : 1;
  localparam int         Shift  = $clog2(DataW / 8);
  // Bits of an address that choose 16 bytes of a beat; one that is always 0 where there is none.
  localparam int         PlaceW = (DataW > 128) ? Shift - 4 : 1;

  typedef enum logic [2:0] {
    Idle,
    Low,
    High,
    Raise,
    Send,
    Wait,
    Late,
    End
  } state_e;

  state_e      state_q, state_d;
  logic        aw_q, w_q, second_q, sent;
  logic [7:0]  code_q;
  logic [63:0] addr_q;
  logic [31:0] count_q, end_q, cycles_q;
  logic [16:0] low;
  logic [15:0] high;
  logic        borrow_q, none_q;
  logic [2:0]  prot_q;
  logic [3:0]  cache_q;

  assign done_ready_o = state_q == Idle && entry_valid_i;
  assign sent = (!aw_q || mem_awready_i) && (!w_q || (mem_wready_i && mem_wlast_o));

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle:    if (done_valid_i && entry_valid_i) state_d = Low;
      Low:     state_d = High;
      High, Raise: begin
        if (state_q == High && code_q != 8'd0) state_d = Raise;
        else if (entry_record_i) state_d = Send;
        else state_d = End;
      end
      Send:    if (sent) state_d = Wait;
      Wait: begin
        if (mem_bvalid_i && mem_bresp_i != 2'b00) state_d = Late;
        else if (mem_bvalid_i) state_d = End;
      end
      Late:    state_d = End;
      End:     state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      aw_q     <= 1'b0;
      w_q      <= 1'b0;
      second_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (state_q != Send && state_d == Send) begin
        aw_q     <= 1'b1;
        w_q      <= 1'b1;
        second_q <= 1'b0;
      end else begin
        if (mem_awready_i) aw_q <= 1'b0;
        if (mem_wready_i && mem_wlast_o) w_q <= 1'b0;
        if (w_q && mem_wready_i) second_q <= 1'b1;
      end
    end
  end

  // Cycles, 16 bits at a time.
  assign low  = {1'b0, end_q[15:0]} - {1'b0, entry_time_i[15:0]};
  assign high = end_q[31:16] - entry_time_i[31:16] - {15'd0, borrow_q};

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      code_q  <= done_code_i;
      addr_q  <= done_addr_i;
      count_q <= done_count_i;
      end_q   <= time_i;
    end
    if (state_q == Low) begin
      cycles_q[15:0] <= low[15:0];
      borrow_q       <= low[16];
      none_q         <= addr_q == 64'd0;
    end
    if (state_q == High) begin
      cycles_q[31:16] <= high;
      if (none_q) addr_q <= entry_addr_i;
      prot_q  <= axprot_i;
      cache_q <= axcache_i;
    end
  end

  assign ends_o       = state_q == End;
  assign done_o       = state_q == End && entry_interrupt_i;
  assign raise_o      = state_q == Raise || state_q == Late;
  assign raise_code_o = (state_q == Late) ? Write : code_q;
  assign raise_addr_o = (state_q == Late) ? {entry_completion_i, 4'd0} : addr_q;

  // The record.
  logic [127:0]      record;
  logic [PlaceW-1:0] place;

  assign record = {cycles_q, count_q, entry_index_i, entry_op_i, code_q, entry_tag_i};

  if (DataW < 128) begin : gen_two
    assign mem_wdata_o  = second_q ? record[127:64] : record[63:0];
    assign mem_wlast_o  = second_q;
    assign mem_awaddr_o = {entry_completion_i, 4'd0};
    assign place        = 1'b0;
    assign mem_wstrb_o  = '1;
  end else begin : gen_one
    assign mem_wdata_o  = {(DataW / 128) {record}};
    assign mem_wlast_o  = 1'b1;
    assign mem_awaddr_o = {entry_completion_i[63:Shift], {Shift{1'b0}}};
    assign mem_wstrb_o  = (DataW / 8)'(16'hffff) << {place, 4'd0};
    if (DataW > 128) begin : gen_place
      assign place = entry_completion_i[Shift-1:4];
    end else begin : gen_whole
      assign place = 1'b0;
    end
  end

  assign mem_awvalid_o = aw_q;
  assign mem_awid_o    = '0;
  assign mem_awlen_o   = 8'(Beats - 1);
  assign mem_awsize_o  = 3'(Shift);
  assign mem_awburst_o = 2'b01;
  assign mem_awprot_o  = prot_q;
  assign mem_awcache_o = cache_q;
  assign mem_wvalid_o  = w_q;
  assign mem_bready_o  = 1'b1;

  logic unused_inputs;
  assign unused_inputs = mem_bid_i[0] ^ place[0] ^ second_q;

`ifdef HG_FORMAL
  // The answer under way, and what of its record the memory has.
  logic              f_seen_q, f_busy_q, f_address_q, f_waits_q, f_stays_q;
  logic              f_raised_q, f_late_q, f_replied_q;
  logic [2:0]        f_beats_q;
  logic [31:0]       f_end_q, f_count_q;
  logic [63:0]       f_where_q, f_ask_q;
  logic [7:0]        f_how_q;
  logic [6:0]        f_about_q;
  logic [DataW-1:0]  f_data_q;
  logic [213:0]      f_entry_q;
  wire [213:0]       f_entry = {
    entry_interrupt_i, entry_record_i, entry_completion_i, entry_op_i, entry_tag_i, entry_index_i,
    entry_time_i, entry_addr_i
  };
  wire [6:0]         f_about = {mem_awprot_o, mem_awcache_o};
  wire               f_take = done_valid_i && done_ready_o;
  wire               f_all = f_address_q && f_beats_q == 3'(Beats);
  wire [127:0]       f_record = {
    f_end_q - entry_time_i, f_count_q, entry_index_i, entry_op_i, f_how_q, entry_tag_i
  };

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (f_stays_q) assume (entry_valid_i && f_entry == f_entry_q);
    // A response comes behind all of a burst.
    if (mem_bvalid_i) assume (f_all && !f_replied_q);
  end

  always @(posedge clk_i) begin
    f_entry_q <= f_entry;
    f_stays_q <= rst_ni && entry_valid_i && !ends_o;
    f_waits_q <= rst_ni && mem_wvalid_o && !mem_wready_i;
    f_ask_q   <= mem_awaddr_o;
    f_about_q <= f_about;
    f_data_q  <= mem_wdata_o;
    if (!rst_ni) begin
      f_busy_q    <= 1'b0;
      f_address_q <= 1'b0;
      f_beats_q   <= '0;
      f_raised_q  <= 1'b0;
      f_late_q    <= 1'b0;
      f_replied_q <= 1'b0;
    end else if (f_take) begin
      f_busy_q    <= 1'b1;
      f_address_q <= 1'b0;
      f_beats_q   <= '0;
      f_raised_q  <= 1'b0;
      f_late_q    <= 1'b0;
      f_replied_q <= 1'b0;
      f_end_q     <= time_i;
      f_count_q   <= done_count_i;
      f_where_q   <= done_addr_i;
      f_how_q     <= done_code_i;
    end else begin
      if (ends_o) f_busy_q <= 1'b0;
      if (mem_awvalid_o && mem_awready_i) f_address_q <= 1'b1;
      if (mem_wvalid_o && mem_wready_i) f_beats_q <= f_beats_q + 3'd1;
      if (raise_o) f_raised_q <= 1'b1;
      if (mem_bvalid_i) f_replied_q <= 1'b1;
      if (mem_bvalid_i && mem_bresp_i != 2'b00) f_late_q <= 1'b1;
    end
    if (rst_ni) begin
      // An answer at a time, each with its end.
      assert (f_busy_q == (state_q != Idle));
      if (f_take) assert (entry_valid_i && !f_busy_q);
      assert (!done_o || ends_o);
      // At the end the record is written and answered, if one is wanted, and errors were raised.
      if (ends_o) begin
        assert (f_replied_q == entry_record_i && f_all == entry_record_i);
        assert (f_raised_q == (f_how_q != 8'd0 || f_late_q) && done_o == entry_interrupt_i);
      end
      if (raise_o && raise_code_o != Write) begin
        assert (raise_code_o == f_how_q);
        assert (raise_addr_o == ((f_where_q == '0) ? entry_addr_i : f_where_q));
      end
      // The burst: once, as many beats as said, in its page, steady, with the right bytes.
      if (mem_awvalid_o) assert (!f_address_q && f_busy_q && entry_record_i);
      if (mem_wvalid_o) begin
        assert (f_beats_q <= {1'b0, mem_awlen_o[1:0]});
        assert (mem_wlast_o == (f_beats_q == {1'b0, mem_awlen_o[1:0]}));
        if (DataW >= 128) assert (mem_wdata_o[127:0] == f_record);
        else assert (mem_wdata_o[63:0] == (f_beats_q[0] ? f_record[127:64] : f_record[63:0]));
      end
      if (f_waits_q) assert (mem_wvalid_o && mem_wdata_o == f_data_q);
      if (f_stays_q && state_q == Send) assert (mem_awaddr_o == f_ask_q);
      if (f_waits_q) assert (f_about == f_about_q);
      assert ({20'd0, mem_awaddr_o[11:0]} + Beats * (DataW / 8) <= 4096);
      // What induction needs to know.
      assert (f_busy_q || !(aw_q || w_q));
      if (f_busy_q) begin
        assert (f_stays_q && code_q == f_how_q && count_q == f_count_q && end_q == f_end_q);
        if (state_q == Low) assert (addr_q == f_where_q);
        if (state_q == High) begin
          assert (addr_q == f_where_q && none_q == (f_where_q == '0));
          assert ({borrow_q, cycles_q[15:0]} == {1'b0, f_end_q[15:0]} - {1'b0, entry_time_i[15:0]});
        end
        if (state_q == Raise) assert (addr_q == ((f_where_q == '0) ? entry_addr_i : f_where_q));
        if (state_q == Raise) assert (f_how_q != 8'd0);
        if (state_q == Low || state_q == High || state_q == Raise) begin
          assert (!aw_q && !w_q && !f_address_q && f_beats_q == '0 && !f_raised_q && !f_late_q);
          assert (!f_replied_q);
        end else begin
          assert (cycles_q == f_end_q - entry_time_i);
          if (state_q == Send) assert (entry_record_i && f_address_q == !aw_q && !f_replied_q);
          if (state_q == Send) assert (w_q == (f_beats_q != 3'(Beats)) && f_beats_q <= 3'(Beats));
          if (state_q == Send) assert (second_q == (f_beats_q != '0) && !f_late_q && (aw_q || w_q));
          if (state_q == Wait) assert (f_all && !f_replied_q && !f_late_q && entry_record_i);
          if (state_q == Late) assert (f_all && f_replied_q && f_late_q && entry_record_i);
          if (state_q == End) assert (f_all == entry_record_i && f_replied_q == entry_record_i);
          if (state_q != Send) assert (!aw_q && !w_q);
          if (state_q == Late) assert (f_raised_q == (f_how_q != 8'd0));
          else assert (f_raised_q == (f_how_q != 8'd0 || f_late_q));
        end
      end
      cover (ends_o && f_late_q);
    end
  end
`endif

endmodule

`default_nettype wire
