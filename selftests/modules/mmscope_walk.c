// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of the buddy tables only: makes memory fragmented, and counts
 * free blocks in the one way that leaves no doubt, by walking a zone's lists with
 * its lock held from the first to the last. Nothing of mmscope is in here.
 *
 * debugfs mmscope_walk/
 *	pages	write "take NODE KIND ORDER BLOCKS" to take so many blocks there,
 *		or what there is of them, as single pages; KIND is movable,
 *		unmovable or dma. "halve" gives back in random order those whose
 *		buddy may be among the others, "free" all of them
 *	lists	node zone type order blocks
 *	blocks	node zone first_pfn free_pages largest_order, of each pageblock
 *		with free pages
 *	hold	write 1: memory that is to go offline stays isolated until 0 is
 *		written here, and then it is not let go. 2: it is held only after
 *		all others have been told
 *	held_pfn, held_pages	what is held now
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/* The highest order and one; 6.1 and before call it MAX_ORDER. */
#ifdef NR_PAGE_ORDERS
#define NR_ORDERS NR_PAGE_ORDERS
#else
#define NR_ORDERS MAX_ORDER
#endif

/* Guards what follows: the pages that were taken, and room for all there are. */
static DEFINE_MUTEX(taken_lock);
static struct page **taken;
static unsigned long nr_taken;
static unsigned long room;

static void give_back_all(void)
{
	for (; nr_taken; cond_resched())
		__free_page(taken[--nr_taken]);
}

static int take(int nid, gfp_t gfp, unsigned int order, unsigned long blocks)
{
	unsigned long i;
	struct page *page;

	if (nid < 0 || nid >= MAX_NUMNODES || !node_online(nid) ||
	    order >= NR_ORDERS)
		return -EINVAL;
	gfp |= __GFP_THISNODE | __GFP_NORETRY | __GFP_NOWARN;
	for (; blocks && nr_taken + (1UL << order) <= room; blocks--) {
		page = alloc_pages_node(nid, gfp, order);
		if (!page)
			break;
		split_page(page, order);
		for (i = 0; i < 1UL << order; i++)
			taken[nr_taken++] = page + i;
		cond_resched();
	}
	return 0;
}

static void shuffle(void)
{
	unsigned long i, k;

	for (i = nr_taken; i > 1; i--) {
		k = (u64)get_random_u32() * i >> 32;
		swap(taken[i - 1], taken[k]);
		cond_resched();
	}
}

static void halve(void)
{
	unsigned long i, kept = 0;

	shuffle();
	for (i = 0; i < nr_taken; i++) {
		if (page_to_pfn(taken[i]) & 1)
			__free_page(taken[i]);
		else
			taken[kept++] = taken[i];
		cond_resched();
	}
	nr_taken = kept;
}

static int take_command(const char *text)
{
	unsigned long blocks;
	unsigned int order;
	char kind[16];
	int nid;

	if (sscanf(text, "take %d %15s %u %lu", &nid, kind, &order, &blocks) != 4)
		return -EINVAL;
	if (!strcmp(kind, "movable"))
		return take(nid, GFP_HIGHUSER_MOVABLE, order, blocks);
	if (!strcmp(kind, "unmovable"))
		return take(nid, GFP_KERNEL, order, blocks);
	if (!strcmp(kind, "dma"))
		return take(nid, GFP_KERNEL | GFP_DMA, order, blocks);
	return -EINVAL;
}

static ssize_t pages_write(struct file *file, const char __user *buf,
			   size_t size, loff_t *pos)
{
	char text[64] = "";
	int err = 0;

	if (size >= sizeof(text) || copy_from_user(text, buf, size))
		return -EINVAL;
	mutex_lock(&taken_lock);
	if (sysfs_streq(text, "halve"))
		halve();
	else if (sysfs_streq(text, "free"))
		give_back_all();
	else
		err = take_command(text);
	mutex_unlock(&taken_lock);
	return err ?: size;
}

static const struct file_operations pages_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = pages_write,
};

/**
 * struct block - the free pages of one pageblock
 * @free: how many
 * @largest: order of the largest free block that they are in, and one
 */
struct block {
	unsigned short free;
	unsigned char largest;
};

/**
 * struct walk - what the lists of one zone had
 * @lists: blocks by type and order
 * @blocks: by pageblock of the zone; NULL if not asked for
 * @first: number of the zone's first pageblock
 * @nr: how many it spans
 */
struct walk {
	unsigned long lists[MIGRATE_TYPES][NR_ORDERS];
	struct block *blocks;
	unsigned long first;
	unsigned long nr;
};

static void note_block(struct walk *walk, unsigned long pfn, unsigned int order)
{
	unsigned long end = pfn + (1UL << order);

	while (pfn < end) {
		unsigned long nr = pfn / pageblock_nr_pages;
		unsigned long next = min(end, (nr + 1) * pageblock_nr_pages);
		struct block *block = &walk->blocks[nr - walk->first];

		block->free += next - pfn;
		block->largest = max_t(unsigned int, block->largest, order + 1);
		pfn = next;
	}
}

/* In one hold of the lock, however long that is. */
static void walk_zone(struct zone *zone, struct walk *walk)
{
	unsigned int type, order;
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&zone->lock, flags);
	for (type = 0; type < MIGRATE_TYPES; type++)
		for (order = 0; order < NR_ORDERS; order++)
			list_for_each_entry(page,
					    &zone->free_area[order].free_list[type],
					    lru) {
				walk->lists[type][order]++;
				if (walk->blocks)
					note_block(walk, page_to_pfn(page), order);
			}
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void show_lists(struct seq_file *file, struct zone *zone,
		       const struct walk *walk)
{
	unsigned int type, order;

	for (type = 0; type < MIGRATE_TYPES; type++)
		for (order = 0; order < NR_ORDERS; order++)
			seq_printf(file, "%d %s %u %u %lu\n", zone_to_nid(zone),
				   zone->name, type, order,
				   walk->lists[type][order]);
}

static void show_blocks(struct seq_file *file, struct zone *zone,
			const struct walk *walk)
{
	unsigned long i;

	for (i = 0; i < walk->nr; i++)
		if (walk->blocks[i].free)
			seq_printf(file, "%d %s %lu %u %u\n", zone_to_nid(zone),
				   zone->name,
				   (walk->first + i) * pageblock_nr_pages,
				   walk->blocks[i].free,
				   walk->blocks[i].largest - 1);
}

static int show_zone(struct seq_file *file, struct zone *zone, bool blocks)
{
	struct walk *walk = kzalloc(sizeof(*walk), GFP_KERNEL);

	if (!walk)
		return -ENOMEM;
	walk->first = zone->zone_start_pfn / pageblock_nr_pages;
	walk->nr = DIV_ROUND_UP(zone_end_pfn(zone), pageblock_nr_pages) -
		   walk->first;
	if (blocks) {
		walk->blocks = vzalloc(array_size(walk->nr, sizeof(*walk->blocks)));
		if (!walk->blocks) {
			kfree(walk);
			return -ENOMEM;
		}
	}
	walk_zone(zone, walk);
	if (blocks)
		show_blocks(file, zone, walk);
	else
		show_lists(file, zone, walk);
	vfree(walk->blocks);
	kfree(walk);
	return 0;
}

static int show_zones(struct seq_file *file, bool blocks)
{
	int nid, zone, err = 0;

	for_each_online_node(nid)
		for (zone = 0; zone < MAX_NR_ZONES && !err; zone++)
			if (populated_zone(&NODE_DATA(nid)->node_zones[zone]))
				err = show_zone(file,
						&NODE_DATA(nid)->node_zones[zone],
						blocks);
	return err;
}

static int lists_show(struct seq_file *file, void *unused)
{
	return show_zones(file, false);
}

static int blocks_show(struct seq_file *file, void *unused)
{
	return show_zones(file, true);
}

DEFINE_SHOW_ATTRIBUTE(lists);
DEFINE_SHOW_ATTRIBUTE(blocks);

/* Longer than any test takes, if that forgets it */
#define HOLD_MS 300000

static u8 hold;
static u64 held_pfn;
static u64 held_pages;

/* offline_pages() (mm/memory_hotplug.c) has isolated it when it tells them. */
static int hold_notify(u8 mine, unsigned long action, void *arg)
{
	const struct memory_notify *memory = arg;
	int ms;

	if (action != MEM_GOING_OFFLINE || READ_ONCE(hold) != mine)
		return NOTIFY_OK;
	WRITE_ONCE(held_pfn, memory->start_pfn);
	WRITE_ONCE(held_pages, memory->nr_pages);
	for (ms = 0; ms < HOLD_MS && READ_ONCE(hold); ms += 20)
		msleep(20);
	WRITE_ONCE(held_pages, 0);
	return NOTIFY_BAD;
}

static int first_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	return hold_notify(1, action, arg);
}

static int last_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	return hold_notify(2, action, arg);
}

static struct notifier_block first_nb = {
	.notifier_call = first_notify,
	.priority = INT_MAX,
};

/* Among those of one priority, who registers later is told later. */
static struct notifier_block last_nb = {
	.notifier_call = last_notify,
	.priority = INT_MIN,
};

static struct dentry *dir;

static int __init walk_init(void)
{
	int err;

	room = totalram_pages();
	taken = vmalloc(array_size(room, sizeof(*taken)));
	if (!taken)
		return -ENOMEM;
	err = register_memory_notifier(&first_nb);
	if (!err)
		err = register_memory_notifier(&last_nb);
	if (err) {
		unregister_memory_notifier(&first_nb);
		vfree(taken);
		return err;
	}
	dir = debugfs_create_dir("mmscope_walk", NULL);
	debugfs_create_file("pages", 0200, dir, NULL, &pages_fops);
	debugfs_create_file("lists", 0400, dir, NULL, &lists_fops);
	debugfs_create_file("blocks", 0400, dir, NULL, &blocks_fops);
	debugfs_create_u8("hold", 0600, dir, &hold);
	debugfs_create_u64("held_pfn", 0400, dir, &held_pfn);
	debugfs_create_u64("held_pages", 0400, dir, &held_pages);
	return 0;
}

static void __exit walk_exit(void)
{
	debugfs_remove_recursive(dir);
	unregister_memory_notifier(&last_nb);
	unregister_memory_notifier(&first_nb);
	give_back_all();
	vfree(taken);
}

module_init(walk_init);
module_exit(walk_exit);

MODULE_DESCRIPTION("Reference counts for the tests of mmscope");
MODULE_LICENSE("GPL");
