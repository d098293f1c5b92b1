// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Gives away what a head record asks for, for hg_attention_dispatch: a job, a command of the
/// writer of results, and commands of the stream reader with what their words are.
///
/// `start_i` takes a record while `idle_o` is set. Of attention without biases all queries are one
/// command; with biases each query is one and its biases are the next. Of appending the elements of
/// K and V are a command each, and of a list its entries are one. What does not belong to the
/// record comes from the descriptor and stays until `idle_o`.
module hg_dispatch_issue #(
  /// Elements of a head.
  parameter int DHead = 64,
  /// Bits of a count of keys.
  parameter int TokW = 11,
  /// Bits of the number of an entry of the table.
  parameter int HeadW = 6
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             start_i,
  // 0 attention, 1 attention with biases, 2 appending, 3 list.
  input  logic [1:0]       kind_i,
  output logic             idle_o,
  // Of the record, or the list.
  input  logic [63:0]      query_i,
  input  logic [31:0]      query_stride_i,
  input  logic [63:0]      bias_i,
  input  logic [31:0]      bias_stride_i,
  input  logic [63:0]      result_i,
  input  logic [31:0]      result_stride_i,
  input  logic [5:0]       pre_shift_i,
  input  logic [15:0]      mant_i,
  input  logic [35:0]      head_limit_i,
  input  logic [7:0]       number_i,
  input  logic [HeadW-1:0] slot_i,
  // Of the descriptor.
  input  logic [12:0]      queries_i,
  input  logic [TokW-1:0]  keys_i,
  input  logic [TokW-1:0]  entries_i,
  // A command more may be given, and one is.
  input  logic             room_i,
  output logic             read_o,
  output logic             job_valid_o,
  input  logic             job_ready_i,
  output logic [HeadW-1:0] job_slot_o,
  output logic [5:0]       job_pre_shift_o,
  output logic [15:0]      job_mant_o,
  output logic [35:0]      job_head_limit_o,
  output logic             result_valid_o,
  input  logic             result_ready_i,
  output logic [63:0]      result_addr_o,
  output logic [31:0]      result_stride_o,
  output logic [7:0]       result_index_o,
  output logic             read_valid_o,
  input  logic             read_ready_i,
  output logic [63:0]      read_addr_o,
  output logic [20:0]      read_bytes_o,
  output logic [16:0]      read_rows_o,
  output logic [31:0]      read_stride_o,
  output logic             feed_valid_o,
  input  logic             feed_ready_i,
  output logic [1:0]       feed_kind_o,
  output logic [16:0]      feed_rows_o,
  output logic [TokW-1:0]  feed_keys_o,
  output logic             feed_last_o
);

  localparam logic [1:0] Plain  = 2'd0;
  localparam logic [1:0] Biased = 2'd1;
  localparam logic [1:0] Append = 2'd2;

  typedef enum logic [1:0] {Rest, Give, Offer, Step} state_e;
  state_e state_d, state_q;

  logic             job_q, result_q, read_q, feed_q, second_q, last, gone, give;
  logic [1:0]       kind_q, digit_q;
  logic [12:0]      left_q;
  logic [63:0]      query_q, bias_q, result_addr_q;
  logic [31:0]      query_stride_q, bias_stride_q, result_stride_q;
  logic [5:0]       pre_shift_q;
  logic [15:0]      mant_q;
  logic [35:0]      head_limit_q;
  logic [7:0]       number_q;
  logic [HeadW-1:0] slot_q;

  assign give = state_q == Give && room_i;
  // Of the command on the ports, both halves have been taken or are now.
  assign gone = state_q == Offer && (!read_q || read_ready_i) && (!feed_q || feed_ready_i);
  // The command is the last one of the record.
  always_comb begin
    case (kind_q)
      Biased:  last = second_q && left_q == 13'd1;
      Append:  last = second_q;
      default: last = 1'b1;
    endcase
  end

  always_comb begin
    state_d = state_q;
    case (state_q)
      Rest:    if (start_i) state_d = Give;
      Give:    if (room_i) state_d = Offer;
      Offer: begin
        if (gone && last) state_d = Rest;
        else if (gone && second_q) state_d = Step;
        else if (gone) state_d = Give;
      end
      default: if (digit_q == 2'd3) state_d = Give;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Rest;
      job_q    <= 1'b0;
      result_q <= 1'b0;
      read_q   <= 1'b0;
      feed_q   <= 1'b0;
    end else begin
      state_q <= state_d;
      if (start_i) job_q <= !kind_i[1];
      else if (job_ready_i) job_q <= 1'b0;
      if (start_i) result_q <= !kind_i[1];
      else if (result_ready_i) result_q <= 1'b0;
      if (give) read_q <= 1'b1;
      else if (read_ready_i) read_q <= 1'b0;
      if (give) feed_q <= 1'b1;
      else if (feed_ready_i) feed_q <= 1'b0;
    end
  end

  // Addresses of the next query and its biases, a digit per cycle.
  logic        query_carry_q, bias_carry_q;
  logic [16:0] query_sum, bias_sum;
  logic [31:0] query_high, bias_high;
  logic [63:0] query_far, bias_far;

  assign query_high = {32{query_stride_q[31]}};
  assign bias_high  = {32{bias_stride_q[31]}};
  assign query_far  = {query_high, query_stride_q};
  assign bias_far   = {bias_high, bias_stride_q};
  assign query_sum  = {1'b0, query_q[15:0]} + {1'b0, query_far[16*digit_q +: 16]} +
                      17'(digit_q != 2'd0 && query_carry_q);
  assign bias_sum   = {1'b0, bias_q[15:0]} + {1'b0, bias_far[16*digit_q +: 16]} +
                      17'(digit_q != 2'd0 && bias_carry_q);

  always_ff @(posedge clk_i) begin
    query_carry_q <= query_sum[16];
    bias_carry_q  <= bias_sum[16];
    digit_q       <= (state_q == Step) ? digit_q + 2'd1 : 2'd0;
    if (start_i) begin
      kind_q          <= kind_i;
      query_q         <= query_i;
      query_stride_q  <= query_stride_i;
      bias_q          <= bias_i;
      bias_stride_q   <= bias_stride_i;
      result_addr_q   <= result_i;
      result_stride_q <= result_stride_i;
      pre_shift_q     <= pre_shift_i;
      mant_q          <= mant_i;
      head_limit_q    <= head_limit_i;
      number_q        <= number_i;
      slot_q          <= slot_i;
      second_q        <= 1'b0;
      left_q          <= (kind_i == Biased) ? queries_i : 13'd1;
    end else begin
      if (state_q == Step) begin
        query_q <= {query_sum[15:0], query_q[63:16]};
        bias_q  <= {bias_sum[15:0], bias_q[63:16]};
      end
      if (gone) begin
        second_q <= !second_q;
        if (second_q) left_q <= left_q - 13'd1;
      end
    end
  end

  always_comb begin
    read_bytes_o = 21'(8 + 2 * DHead);
    feed_kind_o  = 2'd0;
    feed_keys_o  = '0;
    case (kind_q)
      Plain: ;
      Biased: begin
        if (second_q) begin
          read_bytes_o = 21'({keys_i, 2'b00});
          feed_kind_o  = 2'd1;
          feed_keys_o  = keys_i;
        end
      end
      Append: begin
        read_bytes_o = 21'(2 * DHead);
        feed_kind_o  = 2'd3;
      end
      default: begin
        read_bytes_o = 21'({entries_i, 1'b0});
        feed_kind_o  = 2'd2;
        feed_keys_o  = entries_i;
      end
    endcase
  end

  assign idle_o           = state_q == Rest && !job_q && !result_q;
  assign read_o           = give;
  assign job_valid_o      = job_q;
  assign job_slot_o       = slot_q;
  assign job_pre_shift_o  = pre_shift_q;
  assign job_mant_o       = mant_q;
  assign job_head_limit_o = head_limit_q;
  assign result_valid_o   = result_q;
  assign result_addr_o    = result_addr_q;
  assign result_stride_o  = result_stride_q;
  assign result_index_o   = number_q;
  assign read_valid_o     = read_q;
  assign read_addr_o      = second_q ? bias_q : query_q;
  assign read_rows_o      = (kind_q == Plain) ? 17'(queries_i) : 17'd1;
  assign read_stride_o    = (kind_q == Plain) ? query_stride_q : 32'd0;
  assign feed_valid_o     = feed_q;
  assign feed_rows_o      = read_rows_o;
  assign feed_last_o      = kind_q == Plain || (kind_q == Biased && !second_q && left_q == 13'd1);

`ifdef HG_FORMAL
  // Every port keeps what it offers, and a record gives what it should: one job and one command of
  // the writer, or none of both, and as many commands of the reader as there are words to come.
  logic         f_seen_q, f_read_q, f_feed_q, f_job_q, f_result_q, f_busy_q;
  logic [151:0] f_read_out_q;
  logic [1:0]   f_kind_q;
  logic [15:0]  f_reads_q, f_feeds_q, f_want_q;
  logic [1:0]   f_jobs_q, f_results_q;
  wire [151:0]  f_read_out = {read_addr_o, read_bytes_o, read_rows_o, read_stride_o, feed_kind_o,
                              feed_last_o, 15'(feed_keys_o)};

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (!start_i || idle_o);
    // Few queries, and what comes from the descriptor stays.
    assume (queries_i == 13'd2);
    if (f_seen_q && !idle_o) assume (32'(keys_i) == 32'd5 && 32'(entries_i) == 32'd3);
  end

  always @(posedge clk_i) begin
    f_read_out_q <= f_read_out;
    if (!rst_ni) begin
      {f_read_q, f_feed_q, f_job_q, f_result_q, f_busy_q} <= '0;
    end else begin
      f_read_q   <= read_valid_o && !read_ready_i;
      f_feed_q   <= feed_valid_o && !feed_ready_i;
      f_job_q    <= job_valid_o && !job_ready_i;
      f_result_q <= result_valid_o && !result_ready_i;
      if (start_i) begin
        f_busy_q    <= 1'b1;
        f_kind_q    <= kind_i;
        f_want_q    <= (kind_i == Biased) ? 16'd4 : (kind_i == Append) ? 16'd2 : 16'd1;
        f_reads_q   <= '0;
        f_feeds_q   <= '0;
        f_jobs_q    <= '0;
        f_results_q <= '0;
      end else begin
        f_reads_q   <= f_reads_q + 16'(read_valid_o && read_ready_i);
        f_feeds_q   <= f_feeds_q + 16'(feed_valid_o && feed_ready_i);
        f_jobs_q    <= f_jobs_q + 2'(job_valid_o && job_ready_i);
        f_results_q <= f_results_q + 2'(result_valid_o && result_ready_i);
      end
      if (f_read_q) assert (read_valid_o);
      if (f_feed_q) assert (feed_valid_o);
      if (f_read_q || f_feed_q) assert (f_read_out == f_read_out_q);
      if (f_job_q) assert (job_valid_o);
      if (f_result_q) assert (result_valid_o);
      if (f_busy_q) begin
        assert (f_reads_q <= f_want_q && f_feeds_q <= f_want_q);
        if (idle_o) begin
          assert (f_reads_q == f_want_q && f_feeds_q == f_want_q);
          assert (f_jobs_q == 2'(!f_kind_q[1]) && f_results_q == 2'(!f_kind_q[1]));
        end
        cover (idle_o && f_kind_q == Biased);
      end
    end
  end
`endif

endmodule

`default_nettype wire
