// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Walks the ring: which descriptor is next, where it lies, and whether it can be handed on.
///
/// A descriptor begins while the ring is enabled and holds one, fewer than `Depth` are under way
/// and no reset waits. Its address is made in four steps of 16 bits and checked against the window;
/// then it is fetched, `head_o` moves, and the address of its completion record is checked. It is
/// handed on with a code if the hardware found something wrong: it was not fetched (base of the
/// ring misaligned, or outside of the window), came with an error, or its completion record cannot
/// be written. What an answer needs to know goes with it as `entry_*`.
module hg_ring_walk #(
  /// Descriptors under way at most: 1 to 16.
  parameter int Depth = 4,
  /// Derived: bits of their number.
  localparam int CntW = hg_pkg::cnt_width(Depth)
) (
  /// Clock, rising edge.
  input  logic         clk_i,
  /// Asynchronous reset, active low.
  input  logic         rst_ni,
  /// Descriptors may begin.
  input  logic         enable_i,
  /// The head becomes 0 when nothing is under way.
  input  logic         soft_reset_i,
  /// Address of the ring.
  input  logic [63:0]  ring_base_i,
  /// Its descriptors.
  input  logic [15:0]  ring_size_i,
  /// The index behind the last descriptor.
  input  logic [15:0]  ring_tail_i,
  /// The first descriptor that has not been fetched.
  output logic [15:0]  ring_head_o,
  /// First byte of the window.
  input  logic [63:0]  window_base_i,
  /// The byte behind its last.
  input  logic [63:0]  window_end_i,
  /// A descriptor has ended.
  input  logic         ends_i,
  /// Nothing is under way.
  output logic         idle_o,
  /// Something is.
  output logic         running_o,
  /// A descriptor is to be fetched.
  output logic         fetch_valid_o,
  /// Its address.
  output logic [63:0]  fetch_addr_o,
  /// It has come, and stays.
  input  logic         word_valid_i,
  /// It is no longer needed.
  output logic         word_ready_o,
  /// The address of its completion record.
  input  logic [63:0]  word_completion_i,
  /// A beat of it came with an error.
  input  logic         word_error_i,
  /// The address of that beat.
  input  logic [63:0]  word_addr_i,
  /// The descriptor is handed on.
  output logic         desc_valid_o,
  /// It is taken.
  input  logic         desc_ready_i,
  /// What is wrong with it, or 0.
  output logic [7:0]   desc_code_o,
  /// Its index.
  output logic [15:0]  entry_index_o,
  /// A completion record is wanted and can be written.
  output logic         entry_record_o,
  /// The descriptor has been fetched without an error.
  output logic         entry_fetched_o,
  /// The address of an error that has none of its own.
  output logic [63:0]  entry_addr_o
);

  localparam logic [7:0] Fetch      = 8'd16;
  localparam logic [7:0] Window     = 8'd20;
  localparam logic [7:0] Completion = 8'd24;
  localparam logic [7:0] RingBase   = 8'd25;

  if (Depth < 1 || Depth > 16) begin : gen_illegal
    ERROR_hg_ring_Depth_must_be_1_to_16 u_illegal ();
  end

  typedef enum logic [2:0] {
    Idle,
    Locate,
    Place,
    Ask,
    Fill,
    Judge,
    Give
  } state_e;

  state_e          state_q, state_d;
  logic [CntW-1:0] under_way_q;
  logic            reset_q, settle_q, go, zero;

  // The index: whether there is one, and the next; all of it is steady long before it is used.
  logic [15:0] head_q, plus_q, next, index_q;
  logic        differ_q, within_q, wrap_q, moves;

  assign next = wrap_q ? 16'd0 : plus_q;
  assign zero = reset_q && under_way_q == '0 && state_q == Idle;
  assign go   = state_q == Idle && enable_i && differ_q && within_q && !reset_q && !soft_reset_i
      && !settle_q && under_way_q != CntW'(Depth);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q   <= '0;
      plus_q   <= '0;
      differ_q <= 1'b0;
      within_q <= 1'b0;
      wrap_q   <= 1'b0;
    end else begin
      if (zero) head_q <= '0;
      else if (moves) head_q <= next;
      plus_q   <= head_q + 16'd1;
      wrap_q   <= plus_q >= ring_size_i;
      differ_q <= head_q != ring_tail_i;
      within_q <= head_q < ring_size_i && ring_tail_i < ring_size_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reset_q     <= 1'b0;
      settle_q    <= 1'b0;
      under_way_q <= '0;
    end else begin
      if (soft_reset_i) reset_q <= 1'b1;
      else if (zero) reset_q <= 1'b0;
      settle_q <= zero;
      if (go && !ends_i) under_way_q <= under_way_q + CntW'(1);
      else if (ends_i && !go) under_way_q <= under_way_q - CntW'(1);
    end
  end

  assign ring_head_o = head_q;
  assign running_o   = under_way_q != '0;
  assign idle_o      = under_way_q == '0 && !reset_q;

  // The address: the base, and to its segments is added in turn, while they go round.
  logic [63:0] addr_q;
  logic [15:0] offset;
  logic [16:0] sum;
  logic [1:0]  step_q;
  logic        carry_q;

  assign offset = (step_q == 2'd0) ? {index_q[9:0], 6'd0}
      : (step_q == 2'd1) ? {10'd0, index_q[15:10]} : 16'd0;
  assign sum    = {1'b0, addr_q[15:0]} + {1'b0, offset} + {16'd0, carry_q};

  always_ff @(posedge clk_i) begin
    if (go) begin
      addr_q  <= ring_base_i;
      index_q <= head_q;
      step_q  <= 2'd0;
      carry_q <= 1'b0;
    end else if (state_q == Locate) begin
      addr_q  <= {sum[15:0], addr_q[63:16]};
      step_q  <= step_q + 2'd1;
      carry_q <= sum[16];
    end
  end

  // The window, of the descriptor and then of its completion record.
  logic        check, checked, fits;
  logic [63:0] checked_addr;
  logic [5:0]  checked_mask;

  assign check        = (state_q == Locate && step_q == 2'd3) || (state_q == Fill && word_valid_i);
  assign checked_addr = (state_q == Judge) ? word_completion_i : addr_q;
  assign checked_mask = (state_q == Judge) ? 6'd15 : 6'd63;

  hg_ring_window u_window (
    .clk_i,
    .rst_ni,
    .start_i       (check),
    .addr_i        (checked_addr),
    .mask_i        (checked_mask),
    .window_base_i,
    .window_end_i,
    .done_o        (checked),
    .inside_o      (fits)
  );

  // Verdicts. What they depend on is steady for some cycles before.
  logic        misplaced_q, wanted_q, misaligned_q, fetched_q, skip, fault;
  logic [7:0]  code_q;
  logic [63:0] fault_q;

  assign skip  = misplaced_q || !fits;
  assign fault = wanted_q && (misaligned_q || !fits);

  always_ff @(posedge clk_i) begin
    misplaced_q  <= ring_base_i[5:0] != 6'd0;
    wanted_q     <= word_completion_i != 64'd0;
    misaligned_q <= word_completion_i[3:0] != 4'd0;
    if (state_q == Place) begin
      code_q    <= misplaced_q ? RingBase : fits ? 8'd0 : Window;
      fault_q   <= addr_q;
      fetched_q <= 1'b0;
    end else if (state_q == Judge && checked) begin
      fetched_q <= !word_error_i;
      if (word_error_i) code_q <= Fetch;
      else code_q <= fault ? Completion : 8'd0;
      if (word_error_i) fault_q <= word_addr_i;
      else if (fault) fault_q <= word_completion_i;
    end
  end

  always_comb begin
    state_d = state_q;
    moves   = 1'b0;
    case (state_q)
      Idle:    if (go) state_d = Locate;
      Locate:  if (step_q == 2'd3) state_d = Place;
      Place: begin
        if (checked && skip) begin
          state_d = Give;
          moves   = 1'b1;
        end else if (checked) begin
          state_d = Ask;
        end
      end
      Ask:     state_d = Fill;
      Fill: begin
        if (word_valid_i) begin
          state_d = Judge;
          moves   = 1'b1;
        end
      end
      Judge:   if (checked) state_d = Give;
      Give:    if (desc_ready_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  assign fetch_valid_o   = state_q == Ask;
  assign fetch_addr_o    = addr_q;
  assign word_ready_o    = state_q == Give && desc_ready_i;
  assign desc_valid_o    = state_q == Give;
  assign desc_code_o     = code_q;
  assign entry_index_o   = index_q;
  assign entry_record_o  = fetched_q && code_q == 8'd0 && wanted_q;
  assign entry_fetched_o = fetched_q;
  assign entry_addr_o    = fault_q;

`ifdef HG_FORMAL
  // What was there in the cycle before, and descriptors that were handed on and have not ended.
  logic        f_seen_q, f_waits_q, f_go_q, f_allowed_q, f_zero_q, f_moved_q, f_reset_q;
  logic        f_fetching_q, f_word_q, f_error_q, f_kept_q;
  logic [63:0] f_base_q, f_low_q, f_end_q, f_completion_q, f_word_addr_q, f_fault_q;
  logic [15:0] f_size_q, f_head_q;
  logic [7:0]  f_code_q;
  logic [4:0]  f_handed_q;
  wire [63:0]  f_here = ring_base_i + {42'd0, index_q, 6'd0};
  wire         f_within = f_here >= window_base_i && (f_here | 64'd63) < window_end_i;
  wire [63:0]  f_record = word_completion_i;
  wire         f_writable = f_record[3:0] == 4'd0 && f_record >= window_base_i
                            && (f_record | 64'd15) < window_end_i;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (ring_size_i != 16'd0);
    // The registers do not change, a block comes once for each fetch and stays.
    if (f_kept_q) begin
      assume (ring_base_i == f_base_q && ring_size_i == f_size_q);
      assume (window_base_i == f_low_q && window_end_i == f_end_q);
    end
    if (word_valid_i) assume (f_fetching_q);
    if (f_word_q) begin
      assume (word_valid_i && word_error_i == f_error_q);
      assume (word_completion_i == f_completion_q && word_addr_i == f_word_addr_q);
    end
    if (ends_i) assume (f_handed_q != '0);
  end

  always @(posedge clk_i) begin
    f_base_q       <= ring_base_i;
    f_size_q       <= ring_size_i;
    f_low_q        <= window_base_i;
    f_end_q        <= window_end_i;
    f_completion_q <= word_completion_i;
    f_word_addr_q  <= word_addr_i;
    f_error_q      <= word_error_i;
    f_head_q       <= head_q;
    f_code_q       <= desc_code_o;
    f_fault_q      <= entry_addr_o;
    f_kept_q       <= rst_ni;
    f_waits_q      <= rst_ni && desc_valid_o && !desc_ready_i;
    f_go_q         <= rst_ni && go;
    f_allowed_q    <= enable_i && !f_reset_q && !soft_reset_i;
    f_zero_q       <= rst_ni && zero;
    f_moved_q      <= rst_ni && moves;
    f_word_q       <= rst_ni && word_valid_i && !word_ready_o;
    if (!rst_ni) begin
      f_handed_q   <= '0;
      f_reset_q    <= 1'b0;
      f_fetching_q <= 1'b0;
    end else begin
      f_handed_q <= f_handed_q + 5'(desc_valid_o && desc_ready_i) - 5'(ends_i);
      if (soft_reset_i) f_reset_q <= 1'b1;
      else if (zero) f_reset_q <= 1'b0;
      if (fetch_valid_o) f_fetching_q <= 1'b1;
      else if (word_ready_o) f_fetching_q <= 1'b0;
    end
    if (rst_ni) begin
      // What is handed on stays until it is taken.
      if (f_waits_q) assert (desc_valid_o && desc_code_o == f_code_q && entry_addr_o == f_fault_q);
      // None begins while the ring is stopped or a reset waits, and never more than there is room.
      if (f_go_q) assert (f_allowed_q);
      assert (32'(under_way_q) <= Depth);
      assert (32'(f_handed_q) + 32'(state_q != Idle) == 32'(under_way_q));
      assert (running_o == (under_way_q != '0) && (!idle_o || state_q == Idle));
      // The head goes on by one, round the end, and becomes 0 only when nothing is under way.
      if (f_zero_q) assert (head_q == '0 && !running_o);
      else if (f_moved_q) assert (head_q == '0 || head_q == f_head_q + 16'd1);
      else assert (head_q == f_head_q);
      if (f_moved_q && head_q == '0) assert (f_head_q + 16'd1 >= ring_size_i);
      // Only descriptors of the ring and inside the window are fetched.
      if (fetch_valid_o) assert (fetch_addr_o == f_here && f_within && ring_base_i[5:0] == '0);
      if (fetch_valid_o) assert (!f_fetching_q && index_q < ring_size_i);
      // The code is right, and so is the address that goes with it.
      if (desc_valid_o && !entry_fetched_o && desc_code_o != Fetch) begin
        assert (desc_code_o == ((ring_base_i[5:0] != '0) ? RingBase : Window));
        assert (desc_code_o == RingBase || !f_within);
        assert (entry_addr_o == f_here && !entry_record_o);
      end
      if (desc_valid_o && f_fetching_q) begin
        assert (entry_fetched_o == !word_error_i);
        assert ((desc_code_o == Fetch) == word_error_i);
        assert (entry_record_o == (!word_error_i && f_record != '0 && f_writable));
        if (desc_code_o == '0) assert (entry_addr_o == f_here);
        else assert (entry_addr_o == (word_error_i ? word_addr_i : f_record));
        if (!word_error_i) assert ((desc_code_o == '0) == (f_record == '0 || f_writable));
      end
      cover (desc_valid_o && entry_record_o && index_q == 16'd1);
    end
  end
`endif

endmodule

`default_nettype wire
