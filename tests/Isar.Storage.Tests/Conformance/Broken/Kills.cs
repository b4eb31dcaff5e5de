using Isar.Storage.Conformance;
using static Isar.Storage.Tests.Conformance.Defect;

namespace Isar.Storage.Tests.Conformance;

/// <summary>For each case of each suite, defects that make it fail: without one nobody knows whether the case can fail at all.</summary>
internal static class Kills
{
    /// <summary>The defects by suite and case.</summary>
    public static IReadOnlyDictionary<Type, Dictionary<string, Defect[]>> All { get; } = new Dictionary<Type, Dictionary<string, Defect[]>>
    {
        [typeof(FileReadWriteSuite)] = new()
        {
            [nameof(FileReadWriteSuite.A_read_at_the_end_returns_what_is_left_and_touches_no_more)] =
                [ReadCountsTheBuffer, ReadTouchesTheRest],
            [nameof(FileReadWriteSuite.A_read_past_the_end_returns_nothing)] = [ReadCountsTheBuffer, ReadTouchesTheRest],
            [nameof(FileReadWriteSuite.What_is_written_is_read_whatever_its_length)] = [LengthRoundedUp, OverwritesLost, GrowthLost],
            [nameof(FileReadWriteSuite.A_write_keeps_its_neighbours)] = [LongWriteCutShort, BytesCachedPerFile],
            [nameof(FileReadWriteSuite.Reads_cross_the_borders_of_blocks)] = [LongWriteCutShort, ReadStopsAtBlock],
            [nameof(FileReadWriteSuite.A_read_of_a_page_that_ends_with_the_file_is_short)] = [ReadCountsTheBuffer],
            [nameof(FileReadWriteSuite.A_journal_is_written_as_sqlite_does)] = [WriteClearsItsSector, NothingStored, StoredLengthRoundedUp],
            [nameof(FileReadWriteSuite.Files_do_not_mix)] = [WriteClearsItsSector, JournalSharesTheDatabase],
            [nameof(FileReadWriteSuite.The_page_of_the_lock_bytes_reads_as_zeros)] = [GapNotZeroed, HolesNotZero, LimitIgnored],
            [nameof(FileReadWriteSuite.Offsets_need_more_than_32_bits)] = [GapNotZeroed, OffsetOf32Bits, LimitIgnored],
            [nameof(FileReadWriteSuite.Random_operations_do_what_an_array_would)] = [StaleBytesAfterCut, CutDropsTheBlock],
        },
        [typeof(FileLengthSuite)] = new()
        {
            [nameof(FileLengthSuite.A_write_past_the_end_leaves_zeros_in_the_gap)] = [GapNotZeroed, HolesNotZero, NothingStored],
            [nameof(FileLengthSuite.After_a_cut_a_write_further_on_uncovers_zeros)] = [StaleBytesAfterCut, CutDropsTheBlock],
            [nameof(FileLengthSuite.After_a_cut_a_greater_length_uncovers_zeros)] = [StaleBytesAfterCut, GrownLengthNotZeroed],
            [nameof(FileLengthSuite.A_cut_inside_a_block_keeps_what_stands_before_it)] = [CutDropsTheBlock, GrowthLost],
            [nameof(FileLengthSuite.The_length_can_grow)] = [GrownLengthNotZeroed, GrowingLengthIgnored],
            [nameof(FileLengthSuite.Nothing_is_left_of_a_file_cut_to_nothing)] = [StaleBytesAfterCut, GrownLengthNotZeroed],
        },
        [typeof(FileLifecycleSuite)] = new()
        {
            [nameof(FileLifecycleSuite.The_capabilities_are_true)] = [CapabilitiesLie, LocationEmpty],
            [nameof(FileLifecycleSuite.A_missing_file_is_not_opened)] = [MissingFileOpened, MissingFileUnnamed],
            [nameof(FileLifecycleSuite.A_file_is_made_empty_and_found_again)] = [NewFileUnseen, EmptyFilesLost],
            [nameof(FileLifecycleSuite.The_length_is_told_without_opening)] = [NewFileUnseen, JournalsUnseen, LengthRoundedUp],
            [nameof(FileLifecycleSuite.Create_keeps_what_is_there)] = [CreateEmptiesTheFile],
            [nameof(FileLifecycleSuite.A_file_opened_for_reading_is_not_written)] = [MissingFileOpened, ReadOnlyWritten],
            [nameof(FileLifecycleSuite.A_deleted_file_is_gone)] = [MissingFileUnnamed, DeletedBytesReturn, DeletedFileExists],
            [nameof(FileLifecycleSuite.Deleting_a_missing_file_fails)] = [DeleteOfMissingAccepted, AcquireCreates],
            [nameof(FileLifecycleSuite.A_file_made_after_a_delete_is_empty)] = [GapNotZeroed, DeletedBytesReturn],
            [nameof(FileLifecycleSuite.A_journal_comes_and_goes)] = [JournalsUnseen, DeleteLost],
            [nameof(FileLifecycleSuite.Two_open_files_of_a_path_show_the_same_bytes)] = [LengthCachedPerFile, BytesCachedPerFile],
            [nameof(FileLifecycleSuite.Closing_one_of_two_open_files_leaves_the_other)] = [LengthRoundedUp, CloseBreaksOtherFiles],
            [nameof(FileLifecycleSuite.The_list_is_ordered_and_tells_lengths)] = [ListUnordered, NamesFolded],
            [nameof(FileLifecycleSuite.The_list_tells_the_lengths_of_open_files)] = [CutIgnored, ListStale],
            [nameof(FileLifecycleSuite.The_list_of_a_file_has_it_alone_and_that_of_a_directory_what_is_in_it)] =
                [ListOnlyAcquired, ListIgnoresWhere],
            [nameof(FileLifecycleSuite.The_list_shows_what_is_not_acquired)] = [ListOnlyAcquired, AcquireCreates],
            [nameof(FileLifecycleSuite.Names_may_be_long_nested_and_unicode)] = [ListUnordered, NamesShortened],
            [nameof(FileLifecycleSuite.A_directory_is_no_file)] = [DirectoryAccepted],
            [nameof(FileLifecycleSuite.Acquiring_twice_and_releasing_what_is_not_acquired_do_nothing)] =
                [AcquireTwiceRefused, ReleaseOfUnknownRefused],
            [nameof(FileLifecycleSuite.Acquiring_makes_no_database)] = [AcquireCreates],
            [nameof(FileLifecycleSuite.A_file_is_opened_without_acquiring_only_where_that_can_be)] = [OpensUnacquired],
            [nameof(FileLifecycleSuite.A_disposed_backend_is_unavailable)] = [WorksAfterDispose],
        },
        [typeof(LockSuite)] = new()
        {
            [nameof(LockSuite.Every_pair_of_levels_goes_together_as_in_sqlite)] =
                [LocksAlwaysGranted, LocksNeverGranted, ReservedRefusedBesideReader, ExclusiveGrantedBesideReader, LockOutlivesFile],
            [nameof(LockSuite.A_refused_upgrade_keeps_shared)] =
                [SecondReaderRefused, ReaderRefusedBesideReserved, RefusedUpgradeDropsShared],
            [nameof(LockSuite.A_waiting_writer_keeps_new_readers_out_and_old_ones_in)] = [RefusedUpgradeDropsShared, NoPending],
            [nameof(LockSuite.A_writer_that_gives_up_waiting_lets_readers_in_again)] = [PendingNeverGivenUp, UnlockToSharedIgnored],
            [nameof(LockSuite.Shared_can_be_raised_straight_to_exclusive)] =
                [SecondReaderRefused, ExclusiveGrantedBesideReader, StraightToExclusiveRefused],
            [nameof(LockSuite.Of_two_upgraders_one_waits_for_the_other_to_let_go)] = [ReservedGrantedTwice, RefusedUpgradeDropsShared],
            [nameof(LockSuite.Asking_for_what_is_held_changes_nothing)] = [HeldLevelRefused, ReservedUnseen],
            [nameof(LockSuite.A_lock_is_lowered_step_by_step)] = [UnlockToSharedDropsAll, UnlockToSharedIgnored],
            [nameof(LockSuite.Reserved_is_seen_by_every_file_of_the_path)] = [ReservedUnseen, UnlockToSharedIgnored],
            [nameof(LockSuite.A_closed_file_holds_no_lock)] = [HeldLevelRefused, LockOutlivesFile],
            [nameof(LockSuite.Closing_a_file_leaves_the_locks_of_others)] = [ReservedUnseen, CloseDropsAllLocks],
            [nameof(LockSuite.Locks_of_different_paths_do_not_meet)] = [ReservedAlwaysSeen, LocksOfAllPathsMeet],
            [nameof(LockSuite.Reading_and_writing_leave_the_locks_alone)] = [WriteDropsLock],
        },
        [typeof(SharedMemorySuite)] = new()
        {
            [nameof(SharedMemorySuite.It_is_offered_as_the_capabilities_say)] = [LogDenied],
            [nameof(SharedMemorySuite.A_region_is_made_only_when_it_is_asked_for_and_of_zeros)] = [RegionsAlwaysMade, MemoryNotShared],
            [nameof(SharedMemorySuite.What_one_file_writes_every_other_reads)] = [MemoryNotShared],
            [nameof(SharedMemorySuite.Regions_keep_their_addresses_and_do_not_overlap)] = [RegionsOverlap, MemoryNotShared],
            [nameof(SharedMemorySuite.Slots_are_shared_or_held_alone)] = [SlotsAlwaysGranted, SlotsNeverShared],
            [nameof(SharedMemorySuite.A_slot_is_free_when_the_last_that_shares_it_lets_go)] = [SlotsAlwaysGranted, SlotsNeverShared],
            [nameof(SharedMemorySuite.Several_slots_are_locked_all_or_none)] = [RefusedSlotsKept, OneSlotUnlocked],
            [nameof(SharedMemorySuite.Slots_and_the_locks_of_the_database_do_not_meet)] = [SlotsMeetTheLocks],
            [nameof(SharedMemorySuite.Who_leaves_holds_no_slot_and_others_keep_theirs)] = [SlotsOutliveFile, LeavingDropsAllSlots],
            [nameof(SharedMemorySuite.When_the_last_has_left_nothing_is_left)] = [MemoryOutlivesFiles],
            [nameof(SharedMemorySuite.The_memory_and_the_slots_of_different_databases_do_not_meet)] = [MemoryOfAllPathsMeets],
        },
        [typeof(DurabilitySuite)] = new()
        {
            [nameof(DurabilitySuite.Flushed_bytes_are_there)] = [LongWriteCutShort, NothingStored, CreateLost, StoredLengthRoundedUp],
            [nameof(DurabilitySuite.Flushed_changes_are_there)] = [OverwritesLost],
            [nameof(DurabilitySuite.The_flushed_length_is_there)] = [CutLost, EmptyFilesLost],
            [nameof(DurabilitySuite.A_flushed_cut_to_nothing_is_there)] = [CutLost, EmptyFilesLost],
            [nameof(DurabilitySuite.A_deleted_file_stays_deleted)] = [DeleteLost],
            [nameof(DurabilitySuite.The_flush_of_a_database_stores_its_files)] = [FlushOfUnknownFails, FlushEmptiesTheDatabase],
            [nameof(DurabilitySuite.Coming_back_without_a_change_changes_nothing)] = [StoredLengthRoundedUp, EachStartAppends],
            [nameof(DurabilitySuite.Every_database_comes_back)] = [NothingStored, StoredLengthRoundedUp, FewFilesStored],
        },
        [typeof(SqlJournalModeSuite)] = new()
        {
            [nameof(SqlJournalModeSuite.Delete_removes_the_journal)] = [JournalSharesTheDatabase, OverwritesLost, GrowthLost],
            [nameof(SqlJournalModeSuite.Truncate_empties_the_journal)] = [ListStale, OverwritesLost],
            [nameof(SqlJournalModeSuite.Persist_voids_the_journals_header)] = [BytesCachedPerFile, OverwritesLost],
            [nameof(SqlJournalModeSuite.Memory_stores_no_journal)] = [OverwritesLost, GrowthLost],
            [nameof(SqlJournalModeSuite.Modes_can_be_changed_and_what_the_last_one_left_goes)] = [CutIgnored, CreateEmptiesTheFile],
            [nameof(SqlJournalModeSuite.A_hot_journal_is_rolled_back)] = [JournalsUnseen, ReservedAlwaysSeen],
            [nameof(SqlJournalModeSuite.Write_ahead_logging_is_offered_as_the_capabilities_say)] =
                [CreateEmptiesTheFile, DeletedFileExists],
            [nameof(SqlJournalModeSuite.Write_ahead_logging_works_for_one_exclusive_connection)] =
                [StraightToExclusiveRefused, HeldLevelRefused],
        },
        [typeof(SqlTransactionSuite)] = new()
        {
            [nameof(SqlTransactionSuite.A_commit_is_there_after_reopening)] = [NothingStored, OverwritesLost, GrowthLost],
            [nameof(SqlTransactionSuite.A_rollback_leaves_no_trace)] = [WriteClearsItsSector, CloseBreaksOtherFiles],
            [nameof(SqlTransactionSuite.What_is_not_committed_when_the_connection_closes_is_gone)] =
                [CreateEmptiesTheFile, DeletedFileExists],
            [nameof(SqlTransactionSuite.Savepoints_undo_only_what_came_after_them)] = [CreateEmptiesTheFile, DeletedFileExists],
            [nameof(SqlTransactionSuite.A_transaction_larger_than_the_cache_commits)] = [CreateEmptiesTheFile, ListStale],
            [nameof(SqlTransactionSuite.A_transaction_larger_than_the_cache_is_undone)] = [WriteClearsItsSector, ListStale],
            [nameof(SqlTransactionSuite.A_transaction_over_two_databases_commits_and_undoes_both)] =
                [DeletedBytesReturn, LocksOfAllPathsMeet],
            [nameof(SqlTransactionSuite.Many_small_commits_keep_the_database_sound)] = [CreateEmptiesTheFile, DeletedFileExists],
        },
        [typeof(SqlFileFormatSuite)] = new()
        {
            [nameof(SqlFileFormatSuite.Every_page_size_works)] = [WriteClearsItsSector, FewFilesStored],
            [nameof(SqlFileFormatSuite.Vacuum_gives_space_back)] = [CutIgnored, ListStale],
            [nameof(SqlFileFormatSuite.Vacuum_changes_the_page_size)] = [CreateEmptiesTheFile, DeletedFileExists, NothingStored],
            [nameof(SqlFileFormatSuite.Auto_vacuum_shortens_the_file_at_commit)] = [CutIgnored, ListStale],
            [nameof(SqlFileFormatSuite.Incremental_vacuum_shortens_the_file_bit_by_bit)] = [CutIgnored, ListStale],
            [nameof(SqlFileFormatSuite.Large_blobs_come_back)] = [CreateEmptiesTheFile, DeletedFileExists, NothingStored],
            [nameof(SqlFileFormatSuite.Temporary_tables_and_sorts_use_files_and_leave_none)] = [CreateEmptiesTheFile, DeletedFileExists],
            [nameof(SqlFileFormatSuite.A_failed_statement_undoes_only_itself)] = [WriteClearsItsSector, CreateEmptiesTheFile],
            [nameof(SqlFileFormatSuite.Backup_copies_into_another_database)] = [CreateEmptiesTheFile, LocksOfAllPathsMeet],
        },
        [typeof(SqlErrorSuite)] = new()
        {
            [nameof(SqlErrorSuite.An_unknown_vfs_is_refused_by_its_name)] = [AcquireCreates],
            [nameof(SqlErrorSuite.A_missing_database_is_not_made_unless_asked_for)] = [MissingFileOpened, AcquireCreates],
            [nameof(SqlErrorSuite.What_is_no_database_is_refused_and_kept)] = [CreateEmptiesTheFile, LocksNeverGranted],
            [nameof(SqlErrorSuite.Damage_inside_a_database_is_corruption)] = [NothingStored],
            [nameof(SqlErrorSuite.A_database_in_use_is_not_deleted)] = [NewFileUnseen, LocksNeverGranted],
            [nameof(SqlErrorSuite.A_held_lock_is_busy_and_no_other_error)] = [LengthCachedPerFile, ReservedGrantedTwice],
            [nameof(SqlErrorSuite.Opening_a_locked_database_is_busy)] = [LocksNeverGranted, LocksAlwaysGranted],
            [nameof(SqlErrorSuite.A_read_only_connection_does_not_write)] = [LengthCachedPerFile, BytesCachedPerFile],
        },
        [typeof(SqlConcurrencySuite)] = new()
        {
            [nameof(SqlConcurrencySuite.Each_connection_sees_what_others_commit)] = [LengthCachedPerFile, DeletedFileExists],
            [nameof(SqlConcurrencySuite.What_is_not_committed_is_not_seen)] = [LengthCachedPerFile, ReaderRefusedBesideReserved],
            [nameof(SqlConcurrencySuite.Of_two_readers_that_want_to_write_one_is_refused)] =
                [LocksAlwaysGranted, ReservedGrantedTwice, RefusedUpgradeDropsShared],
            [nameof(SqlConcurrencySuite.A_reader_holds_a_commit_back_and_then_lets_it_pass)] =
                [LengthCachedPerFile, ReservedRefusedBesideReader, ExclusiveGrantedBesideReader],
            [nameof(SqlConcurrencySuite.A_waiting_commit_keeps_new_readers_out)] = [ReaderRefusedBesideReserved, NoPending],
            [nameof(SqlConcurrencySuite.Every_lock_conflict_is_busy)] =
            [
                LocksAlwaysGranted, ReservedGrantedTwice, ReaderRefusedBesideReserved, ReservedRefusedBesideReader,
                ExclusiveGrantedBesideReader, NoPending,
            ],
            [nameof(SqlConcurrencySuite.A_closed_connection_holds_nobody_back)] =
                [CreateEmptiesTheFile, DeletedFileExists, LocksNeverGranted],
            [nameof(SqlConcurrencySuite.A_cache_that_spills_waits_for_readers)] =
                [LengthCachedPerFile, LocksAlwaysGranted, ReservedRefusedBesideReader],
            [nameof(SqlConcurrencySuite.Connections_taking_turns_keep_the_database_sound)] = [WriteClearsItsSector],
        },
        [typeof(SqlWriteAheadLogSuite)] = new()
        {
            [nameof(SqlWriteAheadLogSuite.A_reader_and_a_commit_do_not_hold_each_other_back)] = [MemoryNotShared, SlotsNeverShared],
            [nameof(SqlWriteAheadLogSuite.One_writes_at_a_time_and_the_other_is_busy)] = [SlotsAlwaysGranted],
            [nameof(SqlWriteAheadLogSuite.A_reader_cannot_write_once_others_have_committed)] = [MemoryNotShared],
            [nameof(SqlWriteAheadLogSuite.A_checkpoint_leaves_what_a_reader_still_needs)] = [SlotsAlwaysGranted],
            [nameof(SqlWriteAheadLogSuite.The_last_to_close_leaves_the_database_alone)] = [ExclusiveGrantedBesideReader],
            [nameof(SqlWriteAheadLogSuite.A_transaction_larger_than_the_cache_commits_or_leaves_no_trace)] = [MemoryNotShared],
            [nameof(SqlWriteAheadLogSuite.A_log_that_was_left_is_read_up_to_its_last_commit)] = [JournalSharesTheDatabase],
            [nameof(SqlWriteAheadLogSuite.The_mode_can_be_changed_by_who_has_the_database_alone)] = [ExclusiveGrantedBesideReader],
            [nameof(SqlWriteAheadLogSuite.A_database_with_a_log_is_deleted_with_it)] = [NewFileUnseen],
            [nameof(SqlWriteAheadLogSuite.Connections_taking_turns_keep_the_database_sound)] = [MemoryNotShared],
        },
        [typeof(StorageServiceSuite)] = new()
        {
            [nameof(StorageServiceSuite.Opening_makes_a_database_and_deleting_removes_it)] = [ListOnlyAcquired, DeleteLost],
            [nameof(StorageServiceSuite.A_database_made_after_a_delete_is_empty)] = [DeletedBytesReturn, NewFileUnseen],
            [nameof(StorageServiceSuite.Deleting_takes_the_journals_along)] = [NewFileUnseen, JournalsUnseen],
            [nameof(StorageServiceSuite.The_list_shows_databases_and_nothing_else)] = [NamesFolded],
            [nameof(StorageServiceSuite.Databases_do_not_mix)] = [NothingStored, LocksOfAllPathsMeet],
            [nameof(StorageServiceSuite.Names_may_be_long_nested_and_unusual)] = [NamesShortened],
            [nameof(StorageServiceSuite.Preparing_makes_no_database_and_a_connection_string_opens_it)] =
                [NothingStored, AcquireCreates],
            [nameof(StorageServiceSuite.A_disposed_connection_leaves_nothing_behind)] = [LocksNeverGranted],
            [nameof(StorageServiceSuite.A_flushed_commit_is_there)] = [CreateEmptiesTheFile, FlushEmptiesTheDatabase],
            [nameof(StorageServiceSuite.The_report_says_what_is_used)] = [CapabilitiesLie],
        },
    };

    /// <summary>Cases that no backend can make fail, and why.</summary>
    public static IReadOnlyDictionary<string, string> Unkillable { get; } = new Dictionary<string, string>
    {
        [nameof(SqlErrorSuite.A_path_out_of_the_directory_is_refused)] = "the name is checked before the backend is asked",
        [nameof(StorageServiceSuite.Names_that_break_the_rules_are_refused_everywhere)] = "the name is checked before the backend is asked",
        [nameof(StorageServiceSuite.The_storage_is_found_by_its_backends_name)] = "the services find it, not the backend",
    };
}
